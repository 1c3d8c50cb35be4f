"""The house rules that no linter knows, checked over the whole tree; CONTRIBUTING.md says them in words.

A rule is a function from a tree to its faults, each keyed by its place: a file, or ``file:Class.function``, which do
not move when lines do. A fault that must stay is in ``ALLOWED`` with its reason, and an entry that is no longer needed
fails too: the list only shrinks. Every rule is shown planted faults, so that none can pass by seeing nothing.
"""

import ast
import fnmatch
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

# (rule, place) -> reason
ALLOWED: dict[tuple[str, str], str] = {
    ("broad except", "src/antiphon/tools/calling.py:call_tool"): (
        "a tool is somebody else's code: whatever it raises, the conversation goes on and the model is told"
    ),
    ("broad except", "src/antiphon/session/session.py:Session._boundary"): (
        "the session's boundary: what fails inside ends this session, told to its people, and nothing else"
    ),
    ("broad except", "src/antiphon/session/serving.py:serve"): (
        "the boundary of one device: what goes wrong with it must not reach the others in the call"
    ),
    ("broad except", "src/antiphon/server/routes/openai.py:realtime"): (
        "the boundary of one client of /v1: what goes wrong in its session must not reach the others"
    ),
    ("definition size", "src/antiphon/store/migrations/versions/0001_conversations.py:upgrade"): (
        "a migration is a list of tables, written once and never changed"
    ),
}

MAX_FILE, MAX_CLASS, MAX_FUNCTION = 300, 200, 50
MEDIA_MAY_IMPORT = {"numpy", "soxr", "av"}
STANDARD_LIBRARY = set(sys.stdlib_module_names)
PURE_MAY_NOT_IMPORT = {"asyncio", "time", "threading", "socket", "os", "random"}
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "base2"}
FORBIDDEN_SUFFIXES = re.compile(r"(Manager|Handler|Helper|Orchestrator)$")
HEAVY = ["av", "aiortc", "fastapi", "sqlalchemy", "pydantic"]
# Put together here so that this file does not contain what it looks for.
HOSTS = re.compile(
    "|".join(
        re.escape(f"{name}.{domain}")
        for name, domain in [
            ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com"),
            ("deb.debian", "org"), ("proxy.golang", "org"), ("crates", "io"),
        ]
    )
)  # fmt: skip
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
OUTSIDE = re.compile(r"/wor" + r"k/(main|shared|\.library)|/tm" + r"p/w/")
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")

DEFINITION = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

Faults = dict[str, str]


@dataclass(frozen=True)
class Tree:
    """The files of a project that belong to it: everything that ``.gitignore`` does not name."""

    root: Path

    @cached_property
    def files(self) -> list[Path]:
        ignore = self.root / ".gitignore"
        lines = ignore.read_text("utf-8").splitlines() if ignore.is_file() else []
        return sorted(self._walk(self.root, [".git", *(line.strip() for line in lines if line.strip()[:1] not in "#")]))

    def _walk(self, folder: Path, ignored: list[str]) -> Iterator[Path]:
        for path in folder.iterdir():
            place = f"/{self.place(path)}"
            if path.is_symlink() or any(
                fnmatch.fnmatch(place if pattern.startswith("/") else path.name, pattern.rstrip("/"))
                for pattern in ignored
            ):
                continue
            if path.is_dir():
                yield from self._walk(path, ignored)
            else:
                yield path

    def place(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    @cached_property
    def texts(self) -> dict[str, str]:
        found = {}
        for path in self.files:
            content = path.read_bytes()
            if b"\0" not in content:
                found[self.place(path)] = content.decode("utf-8")
        return found

    @cached_property
    def python(self) -> dict[str, ast.Module]:
        return {place: ast.parse(text, place) for place, text in self.texts.items() if place.endswith(".py")}

    def product(self, part: str = "") -> dict[str, ast.Module]:
        return {place: tree for place, tree in self.python.items() if place.startswith(f"src/antiphon/{part}")}

    def nodes(self) -> Iterator[tuple[str, ast.AST]]:
        """Every node of every Python file with the place of the definition that it stands in."""
        for place, module in self.python.items():
            yield from scoped(module, place, ":")


def scoped(tree: ast.AST, place: str, joint: str) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, DEFINITION):
            inner = f"{place}{joint}{node.name}"
            yield inner, node
            yield from scoped(node, inner, ".")
        else:
            yield place, node
            yield from scoped(node, place, joint)


def dotted(node: ast.expr) -> str:
    """``a.b.c`` of an attribute chain; calls in it are written ``a()``."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
        case ast.Call(func=func):
            return f"{dotted(func)}()"
    return "?"


def imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every absolute module name that is imported, with its line; ``from a import b`` gives ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def file_size(tree: Tree) -> Faults:
    sources = re.compile(r"src/antiphon/.*\.py|web/(app|packages)/.*\.(ts|tsx|css)|[^/]+\.py")
    sizes = {place: text.count("\n") for place, text in tree.texts.items() if sources.fullmatch(place)}
    return {place: f"{size} lines, over {MAX_FILE}" for place, size in sizes.items() if size > MAX_FILE}


def definition_size(tree: Tree) -> Faults:
    faults = {}
    for place, node in tree.nodes():
        if isinstance(node, DEFINITION):
            limit = MAX_CLASS if isinstance(node, ast.ClassDef) else MAX_FUNCTION
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            if size > limit:
                faults[place] = f"{size} lines, over {limit}"
    return faults


def attribute_probing(tree: Tree) -> Faults:
    faults = {}
    for place, node in tree.nodes():
        if isinstance(node, ast.Call) and dotted(node.func) in ("hasattr", "getattr", "setattr", "delattr"):
            faults[place] = f"line {node.lineno}: {dotted(node.func)}()"
        if isinstance(node, ast.FunctionDef) and node.name in ("__getattr__", "__getattribute__"):
            faults[place] = f"line {node.lineno}"
    faults.pop("src/antiphon/__init__.py:__getattr__", None)  # the public names, imported when first asked for
    return faults


def bare_task(tree: Tree) -> Faults:
    loop = re.compile(r"(.*\.)?(asyncio|_?loop|(get_running|get_event|new_event)_loop\(\))")
    starters = {"create_task", "ensure_future", "run_coroutine_threadsafe"}
    faults = {}
    for place, node in tree.nodes():
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in starters:
                if loop.fullmatch(dotted(owner)):
                    faults[place] = f"line {node.lineno}: {dotted(owner)}.{name}"
            case ast.ImportFrom(module="asyncio", names=aliases) if starters & {alias.name for alias in aliases}:
                faults[place] = f"line {node.lineno}: imports a task starter"
    return faults


def _only_cleans_up(node: ast.ExceptHandler) -> bool:
    """``except BaseException: ...; raise`` swallows nothing."""
    last = node.body[-1]
    return (
        node.type is not None and dotted(node.type) == "BaseException" and isinstance(last, ast.Raise) and not last.exc
    )


def broad_except(tree: Tree) -> Faults:
    faults = {}
    for place, node in tree.nodes():
        if isinstance(node, ast.ExceptHandler) and not _only_cleans_up(node):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or dotted(kind) in ("Exception", "BaseException") for kind in caught):
                faults[place] = f"line {node.lineno}"
    return faults


def environment(tree: Tree) -> Faults:
    faults = {}
    for place, module in tree.product().items():
        reads = [line for name, line in imports(module) if name in ("os.environ", "os.getenv")]
        attributes = [node for node in ast.walk(module) if isinstance(node, ast.Attribute)]
        reads += [node.lineno for node in attributes if dotted(node) in ("os.environ", "os.getenv", "os.environb")]
        if reads and place != "src/antiphon/settings.py":
            faults[place] = f"line {reads[0]}"
    return faults


def names(tree: Tree) -> Faults:
    sources = [Path(place) for place in tree.texts if place.endswith((".py", ".ts", ".tsx"))]
    faults = {path.as_posix(): "forbidden name" for path in sources if FORBIDDEN_NAMES & {*path.parts, path.stem}}
    for place, node in tree.nodes():
        if isinstance(node, ast.ClassDef) and FORBIDDEN_SUFFIXES.search(node.name):
            faults[place] = "forbidden class name"
    return faults


def module_docstring(tree: Tree) -> Faults:
    return {place: "no docstring" for place, module in tree.product().items() if not ast.get_docstring(module)}


def foreign_imports(tree: Tree) -> Faults:
    """What ``media`` and the pure packages take from outside. The order among our own modules is import-linter's."""
    faults = {}
    for part, allowed in {"media/": MEDIA_MAY_IMPORT, "dialogue/": set[str]()}.items():
        for place, module in tree.product(part).items():
            for name, line in imports(module):
                top = name.partition(".")[0]
                foreign = top not in STANDARD_LIBRARY | {"antiphon"} | allowed
                if foreign or (part == "dialogue/" and top in PURE_MAY_NOT_IMPORT):
                    faults[place] = f"line {line}: imports {name}"
    return faults


def found_in_texts(pattern: re.Pattern[str]) -> Callable[[Tree], Faults]:
    def rule(tree: Tree) -> Faults:
        hits = {place: pattern.search(text) for place, text in tree.texts.items()}
        return {
            place: f"line {tree.texts[place].count(chr(10), 0, hit.start()) + 1}: {hit.group()!r}"
            for place, hit in hits.items()
            if hit
        }

    return rule


RULES: dict[str, Callable[[Tree], Faults]] = {
    "file size": file_size,
    "definition size": definition_size,
    "attribute probing": attribute_probing,
    "bare task": bare_task,
    "broad except": broad_except,
    "environment": environment,
    "names": names,
    "module docstring": module_docstring,
    "foreign imports": foreign_imports,
    "emoji": found_in_texts(EMOJI),
    "unfinished": found_in_texts(UNFINISHED),
    "registry hosts": found_in_texts(HOSTS),
    "outside paths": found_in_texts(OUTSIDE),
}

PLANTED: list[tuple[str, str, str]] = [
    ("file size", "src/antiphon/a.py", "x = 1\n" * 301),
    ("file size", "web/packages/client/src/a.ts", "let x;\n" * 301),
    ("definition size", "src/antiphon/a.py", "def f():\n" + "    x = 1\n" * 50),
    ("definition size", "src/antiphon/a.py", "class A:\n" + "    x = 1\n" * 200),
    ("attribute probing", "src/antiphon/a.py", "x = getattr(1, 'y', None)"),
    ("attribute probing", "src/antiphon/media/__init__.py", "def __getattr__(name): ..."),
    ("bare task", "src/antiphon/a.py", "import asyncio\nasyncio.create_task(f())"),
    ("bare task", "tests/a.py", "import asyncio\nasyncio.get_running_loop().create_task(f())"),
    ("bare task", "src/antiphon/a.py", "self._loop.create_task(f())"),
    ("bare task", "src/antiphon/a.py", "from asyncio import ensure_future"),
    ("broad except", "src/antiphon/a.py", "try: f()\nexcept (ValueError, Exception): pass"),
    ("broad except", "src/antiphon/a.py", "try: f()\nexcept: pass"),
    ("broad except", "src/antiphon/a.py", "try: f()\nexcept BaseException as e: raise ValueError from e"),
    ("environment", "src/antiphon/a.py", "import os\nx = os.environ['A']"),
    ("environment", "src/antiphon/a.py", "from os import getenv"),
    ("names", "src/antiphon/media/utils.py", ""),
    ("names", "web/packages/client/src/utils/a.ts", ""),
    ("names", "src/antiphon/a.py", "class CallManager: ..."),
    ("module docstring", "src/antiphon/a.py", "x = 1"),
    ("foreign imports", "src/antiphon/media/a.py", "import av\nimport scipy.signal"),
    ("foreign imports", "src/antiphon/dialogue/a.py", "from asyncio import Queue"),
    ("emoji", "docs/a.md", "well done \N{PARTY POPPER}"),
    ("unfinished", "src/antiphon/a.py", "# TO" + "DO: later"),
    ("registry hosts", "web/package-lock.json", "https://registry.npmjs" + ".org/x"),
    ("outside paths", "docs/a.md", "see /wor" + "k/shared"),
]


@pytest.fixture(scope="module")
def project() -> Tree:
    return Tree(Path(__file__).resolve().parents[1])


@pytest.mark.parametrize("name", RULES)
def test_rule_holds(name: str, project: Tree) -> None:
    faults = RULES[name](project)
    allowed = {place for rule, place in ALLOWED if rule == name}
    assert {place: why for place, why in faults.items() if place not in allowed} == {}
    assert allowed - set(faults) == set(), "these entries of ALLOWED are no longer needed"


def test_every_allowance_has_a_rule_and_a_reason() -> None:
    assert all(rule in RULES and reason for (rule, _), reason in ALLOWED.items())


@pytest.mark.parametrize(("name", "place", "text"), PLANTED)
def test_rule_sees_a_planted_fault(name: str, place: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    assert [found.partition(":")[0] for found in RULES[name](Tree(tmp_path))] == [place]


def test_every_rule_is_shown_a_fault() -> None:
    assert {name for name, _, _ in PLANTED} == set(RULES)


def test_a_task_group_is_no_bare_task(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("async def g():\n  async with asyncio.TaskGroup() as tg: tg.create_task(f())")
    assert bare_task(Tree(tmp_path)) == {}


def test_the_tree_is_the_project_without_what_git_ignores(project: Tree) -> None:
    places = set(project.texts)
    assert {"pyproject.toml", "src/antiphon/__init__.py", "web/package.json"} <= places
    assert not [place for place in places if re.search(r"(^|/)(\.venv|node_modules|__pycache__)/|^uv\.lock$", place)]


def test_importing_antiphon_brings_in_nothing_heavy() -> None:
    code = f"import sys, antiphon; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
