"""The log's form of every event."""

import json
from dataclasses import fields
from typing import Any, get_args

import pytest

from antiphon.dialogue import events as e

SAMPLES: dict[Any, Any] = {str: "x", float: 1.5, int: 7, bool: True, str | None: None}


def sample(cls: type[Any]) -> e.Event:
    values = {field.name: SAMPLES.get(field.type, "completed") for field in fields(cls)}
    event: e.Event = cls(**values)
    return event


def test_the_union_the_tuple_and_the_module_name_the_same_events() -> None:
    defined = {value for value in vars(e).values() if isinstance(value, type) and value.__module__ == e.__name__}
    assert set(e.EVENT_TYPES) == set(get_args(e.Event)) == defined


@pytest.mark.parametrize("cls", e.EVENT_TYPES)
def test_every_event_survives_the_log(cls: type[Any]) -> None:
    event = sample(cls)
    assert e.decode(json.loads(json.dumps(e.encode(event)))) == event
    assert e.encode(event)["type"] == cls.__name__


@pytest.mark.parametrize("cls", e.EVENT_TYPES)
def test_every_event_is_flat(cls: type[Any]) -> None:
    assert all(value is None or isinstance(value, (str, int, float)) for value in e.encode(sample(cls)).values())


def test_what_was_left_out_has_its_default() -> None:
    assert e.decode({"type": "SpeechStopped", "item_id": "u1"}) == e.SpeechStopped("u1", 0)


def test_decoding_leaves_its_argument_alone() -> None:
    data = {"type": "TurnCommitted", "item_id": "u1"}
    e.decode(data)
    assert data == {"type": "TurnCommitted", "item_id": "u1"}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"type": None},
        {"type": "Nonsense"},
        {"type": "TurnCommitted"},
        {"type": "TurnCommitted", "item_id": "u1", "more": 1},
        {"item_id": "u1"},
    ],
)
def test_what_is_no_event_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="event"):
        e.decode(data)
