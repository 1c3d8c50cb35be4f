"""Agents found by file and by module; every mistake in one sentence with its place."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from antiphon.errors import ConfigurationError
from antiphon.server.loading import load_agent

GOOD = """
from antiphon.agent import Agent, User
from antiphon.models.scripted import Reply, Script, ScriptedModel
agent = Agent(agent_user=User("Ada"), llm=ScriptedModel(Script([Reply("Yes.")])))
number = 5
"""


@pytest.fixture(autouse=True)
def _nothing_stays_imported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def write(name: str, text: str | bytes) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("name", ["shop.py", "my shop.py", "deep/er/shop.py", "json.py", "antiphon.py"])
def test_an_agent_in_a_file_whatever_the_file_is_called(name: str) -> None:
    before = {module: sys.modules[module] for module in ("json", "antiphon")}
    assert load_agent(f"{write(name, GOOD)}:agent").name == "Ada"
    assert {module: sys.modules[module] for module in before} == before


def test_an_agent_in_a_module_beside_us() -> None:
    write("trade/__init__.py", "")
    write("trade/shop.py", GOOD)
    assert load_agent("trade.shop:agent").name == "Ada"


def test_a_file_imports_what_lies_beside_it() -> None:
    write("apart/prices.py", "APPLE = 3")
    assert load_agent(f"{write('apart/shop.py', 'import prices' + GOOD)}:agent").name == "Ada"


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("shop.py", "file.py:name"),
        (":agent", "file.py:name"),
        ("shop.py:", "file.py:name"),
        ("shop.py:a.b", "file.py:name"),
        ("nope.py:agent", "no file nope.py"),
        ("nope:agent", "no module 'nope'"),
        ("nope.deeper:agent", "no module 'nope.deeper'"),
        ("..nope:agent", "'..nope'"),
        ("a b:agent", "'a b'"),
        ("shop.py:nobody", "no 'nobody'"),
        ("shop.py:number", "is a int, not an Agent"),
    ],
)
def test_a_reference_that_leads_nowhere(reference: str, words: str) -> None:
    write("shop.py", GOOD)
    with pytest.raises(ConfigurationError) as raised:
        load_agent(reference)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\ndef (:", ["SyntaxError", "line 2"]),
        ("  x = 1", ["IndentationError", "line 1"]),
        (b"\xff\xff", ["SyntaxError"]),
        (b"\x00", ["SyntaxError"]),
        ("\nx = nope", ["NameError", "nope", "line 2"]),
        ("import nope_nope", ["ModuleNotFoundError", "nope_nope", "line 1"]),
        ("import os\nos.environ['NO_SUCH_KEY']", ["KeyError", "NO_SUCH_KEY"]),
        ("raise RuntimeError('the shop is closed')", ["RuntimeError", "the shop is closed", "line 1"]),
    ],
)
@pytest.mark.parametrize("reference", ["shop.py:agent", "shop:agent"])
def test_a_mistake_in_the_code_is_told_with_its_place(reference: str, text: str | bytes, words: list[str]) -> None:
    write("shop.py", text)
    with pytest.raises(ConfigurationError) as raised:
        load_agent(reference)
    assert all(word in str(raised.value) for word in ["shop", *words]), str(raised.value)


def test_an_agent_that_cannot_be_says_so_itself() -> None:
    twice = GOOD.replace('Script([Reply("Yes.")]))', 'Script([Reply("Yes.")])), tools=[t, t]').replace(
        "agent =", "from antiphon.tools.tool import tool\n@tool\ndef t() -> str:\n    '''Do.'''\n    return ''\nagent ="
    )
    with pytest.raises(ConfigurationError, match="two tools are named t"):
        load_agent(f"{write('shop.py', twice)}:agent")
