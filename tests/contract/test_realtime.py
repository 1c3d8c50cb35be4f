"""What every ``Realtime`` must do, whoever made it. A new one is one more line in ``MODELS``.

A model is asked through its connection alone; what it tells must be legal for a dialogue.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import pytest

from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.effects import CreateResponse, TruncateItem
from antiphon.dialogue.events import (
    AgentItemStarted,
    AgentSpeechEnded,
    AgentText,
    Event,
    ResponseEnded,
    ResponseStarted,
    SpeechMarked,
    SpeechStarted,
    SpeechStopped,
    TextTyped,
    TurnCommitted,
    TurnDiscarded,
    UserTranscribed,
)
from antiphon.dialogue.items import AgentItem, UserItem
from antiphon.media.pcm import PcmData
from antiphon.models.realtime import (
    AgentAudio,
    Capabilities,
    ModelEvent,
    ModelSetup,
    Realtime,
    RealtimeConnection,
)
from antiphon.providers import openai
from antiphon.testing import Reply, Script, ScriptedModel, tone
from tests.unit.providers.openai.upstream import Upstream

LONG = "This is a rather long answer. It has several sentences. One could interrupt it."


def scripted() -> Realtime:
    return ScriptedModel(Script([Reply(LONG)], hears=["hello"]))


class OpenAI(Realtime):
    """OpenAI over a real WebSocket, with a service of our own at its other end."""

    def __init__(self) -> None:
        self._upstream = Upstream()
        self._model: openai.Realtime | None = None

    @property
    def capabilities(self) -> Capabilities:
        assert self._model is not None
        return self._model.capabilities

    async def start(self) -> None:
        if self._model is None:
            await self._upstream.open()
            self._model = openai.Realtime(base_url=self._upstream.base_url, api_key="sk-test")
        await self._model.start()

    def connect(self, setup: ModelSetup) -> AbstractAsyncContextManager[RealtimeConnection]:
        assert self._model is not None
        return self._model.connect(setup)

    async def aclose(self) -> None:
        await self._upstream.close()


# Each gives a model that answers anything with at least two seconds of speech, and takes a tone for a voice.
MODELS: dict[str, Callable[[], Realtime]] = {"scripted": scripted, "openai": OpenAI}


class Link:
    """A connection and all that it has told so far."""

    def __init__(self, model: Realtime, connection: RealtimeConnection) -> None:
        self.model, self.connection = model, connection
        self.told: list[ModelEvent | AgentAudio] = []
        self._more = asyncio.Event()
        self.ended = False

    async def listen(self) -> None:
        async for event in self.connection.events():
            self.told.append(event)
            self._more.set()
        self.ended = True
        self._more.set()

    async def until(self, kind: type[ModelEvent] | type[AgentAudio], count: int = 1) -> None:
        async with asyncio.timeout(10):
            while sum(isinstance(event, kind) for event in self.told) < count:
                self._more.clear()
                await self._more.wait()

    async def say(self, seconds: float, level: float = 0.3) -> None:
        """A tone into its ears, as fast as it takes it."""
        rate = self.model.capabilities.input_rate
        for frame in tone(200, seconds, rate, level).chunks(rate // 50):
            await self.connection.send_audio(frame)
            await asyncio.sleep(0)

    def events(self) -> list[Event]:
        return [event for event in self.told if not isinstance(event, AgentAudio)]

    def audio(self) -> PcmData:
        return PcmData.concat([event.audio for event in self.told if isinstance(event, AgentAudio)])


@asynccontextmanager
async def linked(model: Realtime, setup: ModelSetup | None = None) -> AsyncIterator[Link]:
    async with model.connect(setup or ModelSetup("Be kind.")) as connection, asyncio.TaskGroup() as tasks:
        link = Link(model, connection)
        listening = tasks.create_task(link.listen())
        yield link
        await connection.aclose()
        async with asyncio.timeout(10):
            await listening
        assert link.ended


@pytest.fixture(params=MODELS)
async def model(request: pytest.FixtureRequest) -> AsyncIterator[Realtime]:
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(MODELS[request.param]())
        await model.start()
        await model.start()  # again it does nothing
        yield model


def ask(response_id: str = "resp_1", say: str | None = None) -> CreateResponse:
    return CreateResponse(response_id, (UserItem("item_u", "hello"),), say=say)


def check_legal(link: Link, *requests: CreateResponse) -> None:
    """A dialogue that asked for exactly this takes all of it."""
    dialogue = Dialogue()
    asked = [
        effect
        for number, _ in enumerate(requests)
        for effect in dialogue.handle(TextTyped(f"typed_{number}", "p", "hello"), 0.0)
        if isinstance(effect, CreateResponse)
    ]
    assert [one.response_id for one in asked] == [one.response_id for one in requests[:1]]
    for event in link.events():
        dialogue.handle(event, 0.0)


async def test_a_response_comes_whole_and_in_order(model: Realtime) -> None:
    async with linked(model) as link:
        await link.connection.create_response(ask())
        await link.until(ResponseEnded)
        events = link.events()
        assert events[0] == ResponseStarted("resp_1")
        assert events[-1] == ResponseEnded("resp_1", "completed")
        (item,) = [event.item_id for event in events if isinstance(event, AgentItemStarted)]
        assert "".join(event.text for event in events if isinstance(event, AgentText)).strip()
        first_sound = next(index for index, event in enumerate(link.told) if isinstance(event, AgentAudio))
        assert any(isinstance(event, AgentItemStarted) for event in link.told[:first_sound])
        assert {event.item_id for event in link.told if isinstance(event, AgentAudio)} == {item}
        (ended,) = [event for event in events if isinstance(event, AgentSpeechEnded)]
        assert ended.audio_ms == pytest.approx(link.audio().duration_ms, abs=1)
        marks = [event for event in events if isinstance(event, SpeechMarked)]
        assert marks == sorted(marks, key=lambda mark: (mark.chars, mark.audio_ms))
        assert all(mark.audio_ms <= ended.audio_ms for mark in marks)
    check_legal(link, ask())


async def test_the_sound_is_mono_of_one_rate(model: Realtime) -> None:
    async with linked(model) as link:
        await link.connection.create_response(ask())
        await link.until(ResponseEnded)
        assert {
            (event.audio.sample_rate, event.audio.channels) for event in link.told if isinstance(event, AgentAudio)
        } == {(link.audio().sample_rate, 1)}


async def test_responses_follow_each_other(model: Realtime) -> None:
    async with linked(model) as link:
        for number in (1, 2, 3):
            await link.connection.create_response(ask(f"resp_{number}"))
            await link.until(ResponseEnded, number)
        ended = [event.response_id for event in link.events() if isinstance(event, ResponseEnded)]
        assert ended == ["resp_1", "resp_2", "resp_3"]
        items = [event.item_id for event in link.events() if isinstance(event, AgentItemStarted)]
        assert len(set(items)) == len(items) == 3


@pytest.mark.parametrize("when", [None, ResponseStarted, AgentText, AgentAudio], ids=str)
async def test_a_cancelled_response_ends_once_and_is_silent_then(
    model: Realtime, when: type[ModelEvent] | type[AgentAudio] | None
) -> None:
    async with linked(model) as link:
        await link.connection.create_response(ask())
        if when is not None:
            await link.until(when)
        await link.connection.cancel_response("resp_1")
        await link.connection.cancel_response("resp_1")
        await link.until(ResponseEnded)
        await link.connection.create_response(ask("resp_2"))
        await link.until(ResponseEnded, 2)
        events = link.events()
        starts = [event.response_id for event in events if isinstance(event, ResponseStarted)]
        ends = [(event.response_id, event.status) for event in events if isinstance(event, ResponseEnded)]
        assert starts == ["resp_1", "resp_2"]
        assert ends[0][0] == "resp_1"
        assert ends[1:] == [("resp_2", "completed")]
        end = link.told.index(next(event for event in events if isinstance(event, ResponseEnded)))
        later = [event for event in link.told[end + 1 :] if isinstance(event, AgentAudio | AgentText)]
        assert {event.response_id for event in later} == {"resp_2"}


async def test_cancelling_what_is_not_open_does_nothing(model: Realtime) -> None:
    async with linked(model) as link:
        await link.connection.cancel_response("resp_9")
        await link.connection.create_response(ask())
        await link.until(ResponseEnded)
        await link.connection.cancel_response("resp_1")
        assert link.events()[-1] == ResponseEnded("resp_1", "completed")


async def test_items_and_truncations_are_taken_at_any_time(model: Realtime) -> None:
    async with linked(model) as link:
        await link.connection.add_item(UserItem("item_a", "by the way"))
        await link.connection.create_response(ask())
        await link.until(ResponseEnded)
        (item,) = [event.item_id for event in link.events() if isinstance(event, AgentItemStarted)]
        await link.connection.truncate(TruncateItem(item, 300, "This is"))
        await link.connection.truncate(TruncateItem(item, 0, ""))
        await link.connection.create_response(ask("resp_2"))
        await link.until(ResponseEnded, 2)
        assert link.events()[-1] == ResponseEnded("resp_2", "completed")


async def test_it_can_begin_with_what_was_said_before(model: Realtime) -> None:
    history = (UserItem("item_1", "hello"), AgentItem("item_2", "Good day."))
    async with linked(model, ModelSetup("Be kind.", history=history)) as link:
        await link.connection.create_response(CreateResponse("resp_1", (*history, UserItem("item_3", "and?"))))
        await link.until(ResponseEnded)
        assert link.events()[-1] == ResponseEnded("resp_1", "completed")


async def test_a_voice_becomes_a_turn(model: Realtime) -> None:
    if not model.capabilities.hears:
        pytest.skip("it does not hear")
    async with linked(model) as link:
        await link.say(0.5, level=0.0)
        await link.say(1.0)
        await link.say(1.0, level=0.0)
        await link.until(TurnCommitted)
        turn = [event for event in link.events() if not isinstance(event, ResponseStarted)]
        assert isinstance(turn[0], SpeechStarted)
        item = turn[0].item_id
        assert [type(event) for event in turn if not isinstance(event, UserTranscribed)][:3] == [
            SpeechStarted, SpeechStopped, TurnCommitted,
        ]  # fmt: skip
        assert all(event.item_id == item for event in turn if isinstance(event, UserTranscribed))
    dialogue = Dialogue()
    for event in link.events():
        dialogue.handle(event, 0.0)


async def test_silence_is_no_turn(model: Realtime) -> None:
    async with linked(model) as link:
        await link.say(3.0, level=0.0)
    assert link.told == []


async def test_a_turn_that_is_reset_is_discarded(model: Realtime) -> None:
    if not model.capabilities.hears:
        pytest.skip("it does not hear")
    async with linked(model) as link:
        await link.connection.reset_turn()
        await link.say(0.5)
        await link.until(SpeechStarted)
        await link.connection.reset_turn()
        await link.until(TurnDiscarded)
        await link.say(2.0, level=0.0)
    assert [type(event) for event in link.events() if not isinstance(event, UserTranscribed)] == [
        SpeechStarted, TurnDiscarded,
    ]  # fmt: skip


@pytest.mark.parametrize("when", [None, ResponseStarted, AgentAudio], ids=str)
async def test_closed_in_the_middle_it_is_quiet_and_the_events_end(
    model: Realtime, when: type[ModelEvent] | type[AgentAudio] | None
) -> None:
    async with linked(model) as link:
        await link.say(0.5)
        await link.connection.create_response(ask())
        if when is not None:
            await link.until(when)
        await link.connection.aclose()
        await link.connection.aclose()
    before = asyncio.all_tasks()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before


async def test_two_links_to_one_model_are_two_conversations(model: Realtime) -> None:
    async with linked(model) as one, linked(model) as other:
        await one.connection.create_response(ask())
        await other.say(0.5)
        await one.until(ResponseEnded)
        await one.connection.aclose()
        await other.connection.create_response(ask("resp_7"))
        await other.until(ResponseEnded)
        assert {event.response_id for event in one.told if isinstance(event, ResponseEnded)} == {"resp_1"}
        assert {event.response_id for event in other.told if isinstance(event, ResponseEnded)} == {"resp_7"}
