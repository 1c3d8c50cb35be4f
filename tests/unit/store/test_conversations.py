"""Ids and cursors: what is taken for one."""

import base64
import json
from pathlib import Path

import pytest

from antiphon.errors import ProtocolError
from antiphon.store.conversations import is_conversation_id
from antiphon.store.store import Store

GOOD = "conv_" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "text", ["", "conv_", GOOD.upper(), GOOD + "0", GOOD + "\n", GOOD[5:], "conv_" + "g" * 32, "../etc"]
)
def test_what_is_no_id(text: str) -> None:
    assert not is_conversation_id(text)


def test_what_is_an_id() -> None:
    assert is_conversation_id(GOOD)


def written(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "é",
        "\ud800",
        "AAAA",
        written(None),
        written([]),
        written(["2026-11-20T00:00:00+00:00"]),
        written(["2026-11-20T00:00:00", GOOD]),
        written(["yesterday", GOOD]),
        written([1, GOOD]),
        written(["2026-11-20T00:00:00+00:00", "x"]),
        written(["2026-11-20T00:00:00+00:00", 1]),
        written(["0001-01-01T00:00:00+23:00", GOOD]),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
)
async def test_a_cursor_that_was_never_given_out_is_refused(tmp_path: Path, cursor: str) -> None:
    async with Store.open(f"sqlite:///{tmp_path}/a.db") as store:
        with pytest.raises(ProtocolError, match="cursor"):
            await store.conversations.list(cursor=cursor)
