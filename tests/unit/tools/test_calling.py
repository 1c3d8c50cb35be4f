"""The boundary of a tool. What the runner's tests ask of it in a session is asked there."""

import pytest

from antiphon.tools.calling import call_tool
from antiphon.tools.tool import tool
from tests.unit.tools.test_tool import CONTEXT


@tool(timeout=0.01)
def hang() -> str:
    """Block a thread."""
    import threading

    threading.Event().wait(0.2)
    return ""


@tool
async def raw() -> object:
    """Return bytes."""
    return b"\x00"


@tool
async def megabyte() -> str:
    """Return a megabyte."""
    return "x" * 1_000_000


@tool
async def burst() -> str:
    """Raise."""
    raise RuntimeError("secret")


TOOLS = {one.name: one for one in (hang, raw, megabyte, burst)}


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("hang", "{}", "did not finish within 0.01 seconds"),
        ("raw", "{}", "bytes"),
        ("burst", "{}", "RuntimeError"),
        ("burst", "not json", "not run"),
        ("burst", "[1]", "JSON object"),
        ("other", "{}", "no tool named 'other'"),
    ],
)
async def test_whatever_goes_wrong_is_told_in_words(name: str, arguments: str, words: str) -> None:
    output, ok = await call_tool(TOOLS, name, arguments, CONTEXT)
    assert not ok
    assert words in output
    assert "secret" not in output


async def test_a_megabyte_is_cut() -> None:
    output, ok = await call_tool(TOOLS, "megabyte", "{}", CONTEXT)
    assert ok
    assert len(output) < 17_000
