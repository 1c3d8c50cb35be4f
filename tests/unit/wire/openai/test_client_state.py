"""What a client knows from what it was told, and what it says about an interruption."""

import base64
import json

import pytest

from antiphon.wire.openai import frames
from antiphon.wire.openai.audio import AudioFormat
from antiphon.wire.openai.client_state import ClientState
from antiphon.wire.openai.events_base import ServerEvent, UnknownEvent
from antiphon.wire.openai.events_client import ItemDelete, ItemTruncate
from antiphon.wire.openai.ids import counted_ids
from tests.unit.wire.openai.talk import Talk, silence


class Line:
    """A served session and a client that is told everything, in frames."""

    def __init__(self) -> None:
        self.talk = Talk()
        self.client = ClientState(counted_ids())
        self.told = 0
        self.talk.take(self.talk.state.opened())
        self.response = self.talk.ask()
        self.tell()

    def speak(self, *lengths: int) -> list[str]:
        """Items of the one response, each with that much sound, in milliseconds."""
        items = []
        for ms in lengths:
            item_id, events = self.response.add_message()
            self.talk.take([*events])
            self.talk.take(self.talk.state.sounded(self.response.id, item_id, silence(ms), self.talk.now))
            items.append(item_id)
        self.tell()
        return items

    def tell(self) -> None:
        for outcome in self.talk.outcomes[self.told :]:
            if isinstance(outcome, ServerEvent):
                self.client.told(frames.parse_server(frames.frame_of(outcome)), self.talk.now)
        self.told = len(self.talk.outcomes)


@pytest.fixture
def line() -> Line:
    return Line()


def test_what_was_told_is_known(line: Line) -> None:
    (item_id,) = line.speak(250)
    assert line.client.session is not None
    assert line.client.session.model == "gpt-realtime-2.1"
    assert line.client.open == {line.response.id}
    assert line.client.sequencer.active == line.response.id
    assert line.client.response_of(item_id) == line.response.id
    assert line.client.received_ms(item_id) == 250
    line.talk.take(line.talk.state.completed(line.response.id, 0.0))
    line.tell()
    assert line.client.open == frozenset()


def test_unknown_events_are_nothing(line: Line) -> None:
    assert line.client.told(UnknownEvent("response.hologram", {"type": "response.hologram"}), 0.0) == []


def test_the_item_being_heard_is_cut_and_later_ones_are_deleted(line: Line) -> None:
    first, second, third = line.speak(400, 400, 400)
    line.talk.take([*line.response.close(first)])
    line.tell()
    said = line.client.interruption(line.response.id, {first: 400.0, second: 130.9})
    assert said == [ItemTruncate(item_id=second, content_index=0, audio_end_ms=130), ItemDelete(item_id=third)]


def test_a_truncation_is_never_past_what_has_arrived(line: Line) -> None:
    (item_id,) = line.speak(400)
    (said,) = line.client.interruption(line.response.id, {item_id: 485.0})
    assert said == ItemTruncate(item_id=item_id, content_index=0, audio_end_ms=400)


@pytest.mark.parametrize("played", [0.0, 0.9, -5.0])
def test_nothing_heard_is_deleted_not_truncated_at_zero(line: Line, played: float) -> None:
    (item_id,) = line.speak(400)
    assert line.client.interruption(line.response.id, {item_id: played}) == [ItemDelete(item_id=item_id)]


def test_heard_to_the_end_needs_no_word(line: Line) -> None:
    (item_id,) = line.speak(400)
    line.talk.take(line.talk.state.completed(line.response.id, 0.0))
    line.tell()
    assert line.client.interruption(line.response.id, {item_id: 400.0}) == []


def test_an_interruption_is_told_once_and_late_sound_does_not_count(line: Line) -> None:
    (item_id,) = line.speak(400)
    assert len(line.client.interruption(line.response.id, {item_id: 100.0})) == 1
    line.talk.take(line.talk.state.sounded(line.response.id, item_id, silence(200), 0.0))
    line.tell()
    assert line.client.interruption(line.response.id, {item_id: 100.0}) == []


def test_another_response_s_items_are_left_alone(line: Line) -> None:
    line.speak(400)
    assert line.client.interruption("resp_of_old", {}) == []


def test_the_server_takes_every_word_of_an_interruption(line: Line) -> None:
    items = line.speak(300, 300)
    line.talk.say(type="response.cancel")
    line.tell()
    for event in line.client.interruption(line.response.id, {items[0]: 120.0}):
        line.talk.take(line.talk.state.handle(frames.parse_client(frames.frame_of(event)), 0.0))
    assert line.talk.errors() == []
    assert [item.id for item in line.talk.state.conversation.items] == [items[0]]


def test_g711_is_counted_in_its_own_bytes() -> None:
    client = ClientState(counted_ids(), output_format=AudioFormat(type="audio/pcmu"))
    delta = {
        "type": "response.output_audio.delta", "response_id": "r", "item_id": "i", "output_index": 0,
        "content_index": 0, "delta": base64.b64encode(bytes(801)).decode(),
    }  # fmt: skip
    client.told(frames.parse_server(json.dumps(delta)), 0.0)
    assert client.received_ms("i") == 100
