"""What must hold of the events of any session, whatever was said and made in it."""

from collections import defaultdict

from antiphon.wire.openai import events_server_response as ev
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.events_server import ItemAdded, ItemDeleted, ItemDone
from antiphon.wire.openai.items import Message, OutputAudio, OutputText
from tests.unit.wire.openai.talk import Talk


def check_responses(events: list[ServerEvent], *, all_done: bool) -> None:
    open_now: list[str] = []
    pending: dict[str, set[tuple[str, int | str]]] = defaultdict(set)
    for event in events:
        match event:
            case ev.ResponseCreated():
                if event.response.conversation_id is not None:
                    assert not open_now, "one response of the conversation at a time"
                    open_now.append(event.response.id)
                assert event.response.id not in pending
                assert event.response.status == "in_progress"
                pending[event.response.id] = set()
            case ev.OutputItemAdded():
                pending[event.response_id].add(("item", event.output_index))
            case ev.OutputItemDone():
                pending[event.response_id].remove(("item", event.output_index))
            case ev.ContentPartAdded():
                pending[event.response_id].add(("part", event.item_id))
            case ev.ContentPartDone():
                pending[event.response_id].remove(("part", event.item_id))
            case ev.ResponseDone():
                assert pending.pop(event.response.id) == set(), "every added has its done before response.done"
                if event.response.conversation_id is not None:
                    open_now.remove(event.response.id)
                check_output(events, event)
            case _:
                pass
    assert not all_done or not pending


def check_output(events: list[ServerEvent], done: ev.ResponseDone) -> None:
    finished = [e for e in events if isinstance(e, ev.OutputItemDone) and e.response_id == done.response.id]
    assert done.response.output == [e.item for e in sorted(finished, key=lambda e: e.output_index)]
    assert done.response.status != "in_progress"
    for item in done.response.output:
        assert item.status in ({"completed"} if done.response.status == "completed" else {"completed", "incomplete"})


def check_deltas(events: list[ServerEvent]) -> None:
    said: dict[str, str] = defaultdict(str)
    for event in events:
        match event:
            case ev.OutputTextDelta() | ev.TranscriptDelta() | ev.ArgumentsDelta():
                said[event.item_id] += event.delta
            case (
                ev.OutputTextDone(text=whole) | ev.TranscriptDone(transcript=whole) | ev.ArgumentsDone(arguments=whole)
            ):
                assert whole == said[event.item_id], "the deltas add up"
            case ev.OutputItemDone(item=Message() as message):
                part = message.content[0]
                shown = part.text if isinstance(part, OutputText) else ""
                shown = part.transcript or "" if isinstance(part, OutputAudio) else shown
                assert shown == said[message.id or ""]
            case _:
                pass


def check_items(talk: Talk, events: list[ServerEvent]) -> None:
    alive: dict[str, bool] = {}
    for event in events:
        match event:
            case ItemAdded():
                assert event.item.id not in alive, "an id is one item"
                assert event.previous_item_id is None or event.previous_item_id in alive
                alive[event.item.id or ""] = False
            case ItemDone():
                assert alive[event.item.id or ""] is False, "done once, and only while it is there"
                alive[event.item.id or ""] = True
            case ItemDeleted():
                del alive[event.item_id]
            case _:
                pass
    order = [item.id for item in talk.state.conversation.items]
    assert sorted(filter(None, order)) == sorted(alive)
    assert len(set(order)) == len(order)


def check_sound(events: list[ServerEvent]) -> None:
    playing: str | None = None
    for event in events:
        match event:
            case ev.OutputAudioStarted():
                assert playing is None
                playing = event.response_id
            case ev.OutputAudioStopped():
                assert playing == event.response_id
                playing = None
            case ev.OutputAudioCleared():
                assert playing in (None, event.response_id)
                playing = None
            case _:
                pass
