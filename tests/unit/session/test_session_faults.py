"""What goes wrong around a session: model, store, our own code. It is told, it ends cleanly, the others live."""

import gc
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from antiphon.agent import Agent, User
from antiphon.dialogue.effects import CreateResponse
from antiphon.dialogue.events import ModelFailed
from antiphon.errors import ConfigurationError, ConflictError, ModelRefused, ModelUnavailable, RefusedError
from antiphon.media.pcm import PcmData
from antiphon.models.parts import STT, TTS, STTStream
from antiphon.models.pipeline import Pipeline
from antiphon.models.realtime import Capabilities, ModelSetup, Realtime, RealtimeConnection
from antiphon.models.scripted import LevelTurnDetection, ScriptedLLM
from antiphon.testing import ManualClock, Rehearsal, Reply, Script
from antiphon.tools.tool import tool
from antiphon.wire import browser
from tests.unit.session.cast import agent, ask, lines, logged, say, voiced_between


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


class Refusing(Realtime):
    """Cannot be reached."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities()

    @asynccontextmanager
    async def connect(self, setup: ModelSetup) -> AsyncIterator[RealtimeConnection]:
        await anyio.lowlevel.checkpoint()
        raise self._error
        yield


@pytest.mark.parametrize("error", [ModelUnavailable("It is not there."), ModelRefused("The key is wrong.")])
async def test_a_model_that_cannot_be_reached_is_said_to_the_caller(clock: ManualClock, error: Exception) -> None:
    async with Rehearsal.open(Agent(llm=Refusing(error)), clock=clock) as stage:
        with pytest.raises(type(error), match=str(error)):
            await stage.session()
        assert len(stage.sessions) == 0


class Full(STT):
    """Has no room for another talker."""

    def open(self) -> STTStream:
        raise ModelUnavailable("All recognisers are taken.")


async def test_a_part_without_room_is_said_to_the_caller_as_it_is(clock: ManualClock) -> None:
    full = Agent(llm=ScriptedLLM(Script([Reply("x")])), stt=Full(), turn_detection=LevelTurnDetection())
    async with Rehearsal.open(full, clock=clock) as stage:
        with pytest.raises(ModelUnavailable, match="All recognisers are taken"):
            await stage.session()


class Dying(Realtime):
    """Connects; then dies in a way of its own when asked for something."""

    def __init__(self, how: str) -> None:
        self.how = how

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities()

    @asynccontextmanager
    async def connect(self, setup: ModelSetup) -> AsyncIterator[RealtimeConnection]:
        async with Pipeline(llm=ScriptedLLM(Script([Reply("x")]))).connect(setup) as connection:
            yield _Dying(connection, self.how)


class _Dying(RealtimeConnection):
    def __init__(self, inner: RealtimeConnection, how: str) -> None:
        self._inner, self._how = inner, how
        self._asked = anyio.Event()

    async def events(self) -> AsyncGenerator[ModelFailed]:
        await self._asked.wait()
        if self._how == "raises":
            raise ModelUnavailable("It hung up.")
        if self._how == "tells":
            yield ModelFailed("gone", "It hung up.", fatal=True)
            await anyio.sleep_forever()

    async def create_response(self, request: CreateResponse) -> None:
        if self._how == "verb":
            raise ModelUnavailable("It hung up.")
        self._asked.set()

    send_audio = reset_turn = add_item = cancel_response = truncate = lambda self, *_: anyio.lowlevel.checkpoint()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("raises", "It hung up."),
        ("tells", "It hung up."),
        ("verb", "It hung up."),
        ("ends", "The connection to the model ended."),
    ],
)
async def test_a_model_that_dies_mid_call_is_told_to_the_people(clock: ManualClock, how: str, words: str) -> None:
    other, _ = agent(Reply("I live."), clock=clock, name="Other")
    async with Rehearsal.open(Agent(agent_user=User("Dying"), llm=Dying(how)), other, clock=clock) as stage:
        session = await stage.session()
        bystander = await stage.device(await stage.session(await stage.store.conversations.create("Other")))
        device = await stage.device(session)
        device.tell(browser.Text(text="hello"))
        await clock.advance(0.1)
        await session.closed.wait()
        assert device.got(browser.Error) == [browser.Error(code="model_lost", message=words, fatal=True)]
        assert device.lost
        log = await logged(stage, session)
        assert [one["type"] for one in log[-3:]] == ["ModelFailed", "ParticipantLeft", "SessionClosed"] or [
            one["type"] for one in log[-3:]
        ] == ["ParticipantLeft", "ModelFailed", "SessionClosed"]
        assert log[-1]["reason"] == "model lost"
        bystander.tell(browser.Text(text="and you?"))
        await clock.advance(2)
        assert lines(bystander)[-1] == ("agent", "I live.")


class BrokenTTS(TTS):
    """A bug in a part: not an error it may raise."""

    async def synthesize(self, text: str) -> AsyncGenerator[PcmData]:
        await anyio.lowlevel.checkpoint()
        raise ZeroDivisionError("secret detail")
        yield


async def test_a_bug_inside_ends_one_session_told_with_a_reference_and_nothing_else(
    clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    broken, _ = agent(Reply("This cannot be spoken."), clock=clock, tts=BrokenTTS(), name="Broken")
    well, _ = agent(Reply("I live."), clock=clock, name="Well")
    async with Rehearsal.open(broken, well, clock=clock) as stage:
        session = await stage.session()
        bystander = await stage.device(await stage.session(await stage.store.conversations.create("Well")))
        device = await stage.device(session)
        device.tell(browser.Text(text="hello"))
        await clock.advance(0.1)
        await session.closed.wait()
        (told,) = device.got(browser.Error)
        assert (told.code, told.fatal) == ("session_failed", True)
        assert "secret" not in told.message
        reference = told.message.rpartition(" ")[2].strip(").")
        (record,) = [record for record in caplog.records if record.message == "session failed"]
        assert vars(record)["reference"] == reference
        assert record.exc_info is not None
        assert (await logged(stage, session))[-1]["type"] == "SessionClosed"
        bystander.tell(browser.Text(text="and you?"))
        await clock.advance(2)
        assert lines(bystander)[-1] == ("agent", "I live.")
        # The same conversation can be opened again.
        assert (await stage.session(session.conversation)).id != session.id


async def test_an_answer_that_fails_is_apologised_for_and_the_call_goes_on(clock: ManualClock) -> None:
    ada, _ = agent(
        Reply(fail="The model is overloaded."), Reply("Better now."), clock=clock, apology="Sorry, that failed."
    )
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="one"))
        await clock.advance(3)
        assert device.got(browser.Error) == [browser.Error(code="response_failed", message="The model is overloaded.")]
        assert lines(device)[-1] == ("agent", "Sorry, that failed.")
        device.tell(browser.Text(text="two"))
        await clock.advance(3)
        assert lines(device)[-1] == ("agent", "Better now.")


async def test_an_answer_that_hangs_is_given_up_and_the_call_goes_on(clock: ManualClock) -> None:
    ada, _ = agent(Reply("never comes", stall_after=0), Reply("Here."), clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="one"))
        await clock.advance(40)
        (told,) = device.got(browser.Error)
        assert (told.code, told.fatal) == ("response_failed", False)
        device.tell(browser.Text(text="two"))
        await clock.advance(2)
        assert lines(device)[-1] == ("agent", "Here.")


async def test_a_tool_that_raises_is_told_to_the_model_alone(clock: ManualClock) -> None:
    @tool
    async def burn() -> str:
        """Fail."""
        raise OSError("secret path")

    ada, script = agent(Reply(tools=[("burn", "{}")]), Reply("It did not work."), clock=clock, tools=[burn])
    async with Rehearsal.open(ada, clock=clock) as stage:
        device = await stage.device(await stage.session())
        device.tell(browser.Text(text="burn it"))
        await clock.advance(3)
        (output,) = [item.output for item in script.requests[1] if type(item).__name__ == "ToolOutputItem"]
        assert output.startswith("burn failed: OSError (reference ")
        assert "secret" not in output
        assert device.got(browser.ToolCallUpdated)[-1].data.state == "failed"
        assert lines(device)[-1] == ("agent", "It did not work.")


# The store


async def test_a_store_that_fails_for_a_while_is_told_once_and_loses_nothing(
    clock: ManualClock, tmp_path: Path
) -> None:
    ada, _ = agent(Reply("One."), Reply("Two."), Reply("Three."), clock=clock)
    async with Rehearsal.open(ada, clock=clock, database=tmp_path / "a.db") as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="one"))
        await clock.advance(2)
        with stage.failing_store():
            device.tell(browser.Text(text="two"))
            await clock.advance(2)
            assert lines(device)[-2:] == [("user", "two"), ("agent", "Two.")]  # the call goes on
            (told,) = device.got(browser.Error)
            assert (told.code, told.fatal) == ("not_saved", False)
            assert len(await stage.items(session)) == 2
        device.tell(browser.Text(text="three"))
        await clock.advance(2)
        assert len(device.got(browser.Error)) == 1
        assert [item.text for item in await stage.items(session)] == ["one", "One.", "two", "Two.", "three", "Three."]
        typed = [one["text"] for one in await logged(stage, session) if one["type"] == "TextTyped"]
        assert typed == ["one", "two", "three"]


async def test_a_slow_store_does_not_delay_what_is_heard(clock: ManualClock) -> None:
    """Barge-in while the disk is stuck: silence all the same; what is shown waits until it is written."""
    ada, _ = agent(Reply("A very long answer that goes on and on and on."), clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="go"))
        await clock.advance(1)
        with stage.stuck_store():
            device.tell(browser.Text(text="this round gets stuck"))
            await clock.settle()
            assert ("user", "this round gets stuck") not in lines(device)
            await clock.advance(2)  # the answer to it is being spoken
            began = clock.now()
            await say(device, clock, 0.2)
            assert voiced_between(device, began + 0.08, clock.now()) == 0
            assert ("user", "this round gets stuck") not in lines(device)
        await clock.settle()
        assert ("user", "this round gets stuck") in lines(device)


async def test_ending_while_a_round_is_being_written_writes_it_once(clock: ManualClock) -> None:
    ada, _ = agent(Reply("Yes."), clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        with stage.stuck_store():
            device.tell(browser.Text(text="once"))
            await clock.settle()
            session.end("ended")
            await clock.settle()
        await session.closed.wait()
        log = await logged(stage, session)
        assert [one["text"] for one in log if one["type"] == "TextTyped"] == ["once"]
        assert [one["type"] for one in log].count("SessionClosed") == 1


# Admission and the end of the process


async def test_a_full_house_refuses_and_has_room_again(clock: ManualClock) -> None:
    ada, _ = agent(clock=clock)
    async with Rehearsal.open(ada, clock=clock, limit=1) as stage:
        session = await stage.session()
        assert not stage.sessions.admitting
        with pytest.raises(RefusedError, match="All 1 places"):
            await stage.session()
        assert await stage.session(session.conversation) is session  # one more device has room
        await stage.sessions.end(session, "ended")
        assert stage.sessions.admitting
        await stage.session()


async def test_asked_for_at_the_same_time_a_conversation_has_one_session(clock: ManualClock) -> None:
    ada, _ = agent(clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        conversation = await stage.store.conversations.create("Ada")
        found = set()

        async def start() -> None:
            found.add((await stage.sessions.start(conversation)).id)

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(start)
        assert len(found) == 1


async def test_asked_for_while_it_ends_a_conversation_gets_a_new_session(clock: ManualClock) -> None:
    ada, _ = agent(clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        session.end("ended")
        again = await stage.session(session.conversation)
        assert again.id != session.id
        assert session.closed.is_set()
        await stage.device(again)


async def test_draining_tells_the_people_and_admits_nobody(clock: ManualClock) -> None:
    ada, _ = agent(clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        await stage.sessions.drain()
        assert device.sent[-1] == browser.Error(code="server_stopping", message="The server is stopping.", fatal=True)
        assert session.closed.is_set()
        with pytest.raises(RefusedError, match="stopping"):
            await stage.session()
        assert (await logged(stage, session))[-1]["reason"] == "server stopping"


class Slow(Refusing):
    """Takes for ever to connect."""

    def __init__(self) -> None:
        self.asked = anyio.Event()

    @asynccontextmanager
    async def connect(self, setup: ModelSetup) -> AsyncIterator[RealtimeConnection]:
        self.asked.set()
        await anyio.sleep_forever()
        yield


async def test_draining_gives_up_a_session_that_is_still_connecting(clock: ManualClock) -> None:
    slow = Slow()
    async with Rehearsal.open(Agent(llm=slow), clock=clock) as stage, anyio.create_task_group() as tasks:

        async def start() -> None:
            with pytest.raises(ConflictError):
                await stage.session()

        tasks.start_soon(start)
        await slow.asked.wait()
        await stage.sessions.drain()


async def test_parts_that_cannot_start_are_said_before_any_call(clock: ManualClock) -> None:
    class NoVoice(BrokenTTS):
        async def start(self) -> None:
            raise ConfigurationError("There is no voice of that name.")

    mute, _ = agent(clock=clock, tts=NoVoice())
    with pytest.raises(BaseExceptionGroup) as caught:
        async with Rehearsal.open(mute, clock=clock):
            pass
    assert caught.group_contains(ConfigurationError, match="no voice of that name")


async def test_ten_minutes_leave_memory_where_it_was(clock: ManualClock) -> None:
    ada, script = agent(Reply("Yes, go on please."), clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)

        async def minute() -> None:
            for _ in range(2):
                await ask(device, clock)
                await clock.advance(30 - 1.04)
            device.heard.clear()
            device.sent.clear()

        def used() -> int:
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        tracemalloc.start()
        await minute()
        await minute()
        before = used()
        for _ in range(8):
            await minute()
        after = used()
        tracemalloc.stop()
        # What was said is remembered: sixteen turns of a few words. Sound, frames and timers are not: one minute of
        # sound alone would be six million bytes.
        assert len(script.requests) == 20
        assert after - before < 60_000
