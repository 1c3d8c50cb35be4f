"""A whole session with the product's own parts: only the devices and the clock are not real."""

import pytest

from antiphon.dialogue.items import ToolCallItem, ToolOutputItem
from antiphon.errors import ConflictError
from antiphon.session.session import Patience
from antiphon.testing import FakeParticipant, ManualClock, Rehearsal, Reply, ToneTTS, dominant_hz
from antiphon.tools.context import ToolContext
from antiphon.tools.tool import tool
from antiphon.wire import browser
from tests.unit.session.cast import agent, ask, lines, say, transcript, voiced_between, words


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def test_a_device_is_told_first_where_it_is(clock: ManualClock) -> None:
    ada, _ = agent(clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session, "Grace")
        first, state, who = device.sent[:3]
        assert isinstance(first, browser.SessionStarted)
        assert (first.session_id, first.conversation_id) == (session.id, session.conversation.id)
        assert (first.participant_id, first.agent) == (device.id, "Ada")
        assert state == browser.AgentStateChanged(state="listening")
        assert who == browser.ParticipantsChanged(data=[browser.ParticipantInfo(id=device.id, name="Grace")])


async def test_the_greeting_is_spoken_once(clock: ManualClock) -> None:
    ada, script = agent(clock=clock, greeting="Hello there.")
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        await clock.advance(1)  # it waits for somebody to hear it
        device = await stage.device(session)
        await clock.advance(3)
        second = await stage.device(session)
        await clock.advance(3)
        assert lines(device) == [("agent", "Hello there.")]
        assert len(list(device.voiced())) == 36  # twelve characters of 60 ms
        assert list(second.voiced()) == []
        assert script.requests == []


async def test_a_spoken_turn_is_answered_aloud(clock: ManualClock) -> None:
    ada, script = agent(Reply("It is noon."), clock=clock, hears=["what time is it"])
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        await ask(device, clock)
        asked_at = clock.now()
        await clock.advance(2)
        assert [words(one) for one in script.requests] == [[("user", "what time is it")]]
        assert lines(device) == [("user", "what time is it"), ("agent", "It is noon.")]
        assert [one.state for one in device.got(browser.AgentStateChanged)] == [
            "listening", "thinking", "speaking", "listening",
        ]  # fmt: skip
        voiced = list(device.voiced())
        assert len(voiced) == 33
        assert voiced[0].at - asked_at <= 0.02
        assert dominant_hz(device.recording()) == pytest.approx(400, abs=5)
        waterfall = device.got(browser.LatencyMeasured)[0].data
        assert waterfall.turn_end_ms == pytest.approx(400, abs=20)
        assert (waterfall.first_audio_ms or 0) <= 440
        stored = await stage.items(session)
        assert [(item.kind, item.text, item.final) for item in stored] == [
            ("user", "what time is it", True), ("agent", "It is noon.", True),
        ]  # fmt: skip


async def test_barge_in_silences_within_one_frame_and_only_what_was_heard_is_remembered(clock: ManualClock) -> None:
    story = "Once upon a time there was a very long story that never seemed to come to its end at all."
    ada, script = agent(Reply(story), Reply("Yes?"), clock=clock, hears=["tell me a story", "stop"])
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        await ask(device, clock)
        await clock.advance(2)
        item = device.got(browser.TranscriptUpdated)[-1].data.id
        device.tell(browser.Playback(item_id=item, played_ms=1400))
        await clock.advance(0.1)
        began = clock.now()
        await say(device, clock, 0.2)  # its onset is known after 60 ms
        assert voiced_between(device, began + 0.08, clock.now()) == 0
        assert device.got(browser.AudioFlush) == [browser.AudioFlush(item_id=item)]
        device.tell(browser.Playback(item_id=item, played_ms=1500, final=True))
        await clock.advance(0.5)
        entry = transcript(device)[item]
        assert (entry.interrupted, entry.final, entry.heard_ms) == (True, True, 1500)
        assert story.startswith(entry.text)
        assert 0 < len(entry.text) <= 1500 // 60
        assert words(script.requests[-1]) == [
            ("user", "tell me a story"), ("agent", entry.text), ("user", "stop"),
        ]  # fmt: skip
        await clock.advance(1)
        assert lines(device)[-1] == ("agent", "Yes?")


async def test_typed_text_interrupts_and_is_answered(clock: ManualClock) -> None:
    ada, script = agent(Reply("A long answer to the first thing."), Reply("Sure."), clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="  first  "))
        await clock.advance(1)
        device.tell(browser.Text(text="second"))
        await clock.advance(4)
        assert [one for one in lines(device) if one[0] == "user"] == [("user", "first"), ("user", "second")]
        assert lines(device)[-1] == ("agent", "Sure.")
        assert words(script.requests[1])[-1] == ("user", "second")
        user = next(entry for entry in transcript(device).values() if entry.role == "user")
        assert user.participant_id == device.id


async def test_the_button_interrupts_and_nothing_is_said_then(clock: ManualClock) -> None:
    ada, script = agent(Reply("A long answer that nobody wants to hear any more."), clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="go on"))
        await clock.advance(1)
        pressed = clock.now()
        device.tell(browser.Control(action="interrupt"))
        await clock.advance(5)
        assert voiced_between(device, pressed + 0.02, clock.now()) == 0
        assert len(script.requests) == 1


async def test_a_muted_device_is_not_heard(clock: ManualClock) -> None:
    ada, script = agent(clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Control(action="mute"))
        await clock.settle()
        await ask(device, clock)
        await clock.advance(2)
        assert script.requests == []
        assert device.got(browser.ParticipantsChanged)[-1].data[0].muted
        device.tell(browser.Control(action="unmute"))
        await clock.settle()
        await ask(device, clock)
        await clock.advance(2)
        assert len(script.requests) == 1


async def test_a_tool_is_run_shown_and_its_output_given_to_the_model(clock: ManualClock) -> None:
    @tool
    async def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    ada, script = agent(
        Reply("Let me see.", tools=[("add", '{"a": 2, "b": 3}')]), Reply("Five."), clock=clock, tools=[add]
    )
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="two and three?"))
        await clock.advance(4)
        calls = [update.data for update in device.got(browser.ToolCallUpdated)]
        assert [(call.name, call.state, call.output) for call in calls] == [
            ("add", "running", None),
            ("add", "done", "5"),
        ]
        second = script.requests[1]
        assert [item.output for item in second if isinstance(item, ToolOutputItem)] == ["5"]
        assert sum(isinstance(item, ToolCallItem) for item in second) == 1
        assert lines(device)[-1] == ("agent", "Five.")
        stored = [item for item in await stage.items(session) if item.kind == "tool"]
        assert [(item.name, item.state, item.output, item.final) for item in stored] == [("add", "done", "5", True)]


async def test_a_reminder_rings_at_its_moment(clock: ManualClock) -> None:
    @tool
    async def set_timer(seconds: float, context: ToolContext) -> str:
        """Set a timer."""
        await context.reminders.add(seconds, "Time is up.")
        return f"{len(context.reminders.pending())} pending"

    ada, script = agent(Reply(tools=[("set_timer", '{"seconds": 300}')]), Reply("Set."), clock=clock, tools=[set_timer])
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="five minutes please"))
        await clock.advance(2)
        set_at = clock.now() - 2
        await clock.advance(297)
        assert lines(device)[-1] == ("agent", "Set.")
        await clock.advance(3)
        assert lines(device)[-1] == ("agent", "Time is up.")
        rang = [one.at for one in device.voiced()][-33:]
        assert rang[0] - set_at == pytest.approx(300, abs=0.1)
        assert len(script.requests) == 2  # its words are spoken as they are


async def test_two_devices_hear_the_same_and_are_both_heard(clock: ManualClock) -> None:
    ada, script = agent(Reply("One for all."), clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        desktop, phone = await stage.device(session, "Desktop"), await stage.device(session, "Phone")
        await ask(phone, clock)
        await clock.advance(2)
        assert len(list(desktop.voiced())) == len(list(phone.voiced())) > 0
        assert lines(desktop) == lines(phone)
        assert next(desktop.voiced()).frame is next(phone.voiced()).frame  # encoded once for both
        desktop.tell(browser.Control(action="leave"))
        await clock.advance(1)
        assert [one.name for one in phone.got(browser.ParticipantsChanged)[-1].data] == ["Phone"]
        assert not session.over
        await ask(phone, clock)
        await clock.advance(2)
        assert len(script.requests) == 2


async def test_two_sessions_do_not_disturb_each_other(clock: ManualClock) -> None:
    ada, heard_by_ada = agent(Reply("I am Ada."), clock=clock, name="Ada", hears=["to ada"])
    bob, heard_by_bob = agent(
        Reply("I am Bob, and I talk for a long time."), clock=clock, name="Bob", tts=ToneTTS(first_hz=1500)
    )
    async with Rehearsal.open(ada, bob, clock=clock) as stage:
        with_ada = await stage.session()
        with_bob = await stage.session(await stage.store.conversations.create("Bob"))
        one, other = await stage.device(with_ada), await stage.device(with_bob)
        other.tell(browser.Text(text="to bob"))
        await clock.advance(0.5)
        await ask(one, clock)  # barges in on nobody
        await clock.advance(4)
        assert lines(one) == [("user", "to ada"), ("agent", "I am Ada.")]
        assert lines(other) == [("user", "to bob"), ("agent", "I am Bob, and I talk for a long time.")]
        assert (len(heard_by_ada.requests), len(heard_by_bob.requests)) == (1, 1)
        assert dominant_hz(one.recording()) == pytest.approx(400, abs=5)
        assert dominant_hz(other.recording()) == pytest.approx(1500, abs=5)
        one.tell(browser.Control(action="leave"))
        await clock.advance(1)
        assert with_ada.over
        assert not with_bob.over


# Coming and going


async def test_when_everybody_leaves_it_ends_at_once(clock: ManualClock) -> None:
    ada, _ = agent(clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Control(action="leave"))
        await clock.settle()
        await session.closed.wait()
        assert device.lost
        assert len(stage.sessions) == 0
        with pytest.raises(ConflictError, match="over"):
            session.join(device)


async def test_a_lost_device_that_comes_back_in_time_finds_the_conversation(clock: ManualClock) -> None:
    ada, script = agent(Reply("First."), Reply("Second."), clock=clock)
    async with Rehearsal.open(ada, clock=clock, patience=Patience(grace=30)) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="one"))
        await clock.advance(2)
        device.lose()
        await clock.advance(29)
        assert not session.over
        again = await stage.device(session)
        await clock.advance(60)  # the old grace period is no more
        assert not session.over
        again.tell(browser.Text(text="two"))
        await clock.advance(2)
        assert words(script.requests[1]) == [("user", "one"), ("agent", "First."), ("user", "two")]


async def test_after_the_grace_period_it_ends(clock: ManualClock) -> None:
    ada, _ = agent(clock=clock)
    async with Rehearsal.open(ada, clock=clock, patience=Patience(grace=30)) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.lose()
        await clock.advance(29.9)
        assert not session.over
        await clock.advance(0.2)
        await session.closed.wait()


async def test_what_nobody_can_hear_waits_for_somebody(clock: ManualClock) -> None:
    """A device that is lost while the agent speaks has not heard the rest of it."""
    ada, script = agent(Reply("This takes a while, it is quite long."), Reply("Yes."), clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="go"))
        await clock.advance(1)
        device.tell(browser.Playback(item_id=transcript_id(device), played_ms=960))
        await clock.settle()
        device.lose()
        await clock.advance(20)
        again = await stage.device(session)
        again.tell(browser.Text(text="what was that?"))
        await clock.advance(2)
        said = [text for who, text in words(script.requests[1]) if who == "agent"]
        assert said == ["This takes a"]  # 960 ms of 60 ms a character


def transcript_id(device: FakeParticipant) -> str:
    return next(entry.id for entry in transcript(device).values() if entry.role == "agent")


async def test_when_nobody_comes_it_ends(clock: ManualClock) -> None:
    ada, _ = agent(clock=clock)
    async with Rehearsal.open(ada, clock=clock, patience=Patience(arrival=60)) as stage:
        session = await stage.session()
        await clock.advance(59.9)
        assert not session.over
        await clock.advance(0.2)
        await session.closed.wait()
        assert len(stage.sessions) == 0


async def test_a_device_that_never_connects_does_not_keep_it_alive(clock: ManualClock) -> None:
    ada, _ = agent(clock=clock)
    async with Rehearsal.open(ada, clock=clock, patience=Patience(grace=30)) as stage:
        session = await stage.session()
        device = FakeParticipant(clock, connects=False)
        session.join(device)
        await clock.settle()
        assert device.sent == []
        device.lose()
        await clock.advance(31)
        await session.closed.wait()


async def test_ended_from_outside_people_are_told_and_the_conversation_is_whole(clock: ManualClock) -> None:
    ada, _ = agent(Reply("A long answer that will be cut off by the end."), clock=clock)
    async with Rehearsal.open(ada, clock=clock) as stage:
        session = await stage.session()
        device = await stage.device(session)
        device.tell(browser.Text(text="go"))
        await clock.advance(1)
        farewell = browser.Error(code="session_ended", message="The call was ended.", fatal=True)
        await stage.sessions.end(session, "ended", farewell)
        await stage.sessions.end(session, "ended", farewell)  # safe
        assert device.sent[-1] == farewell
        assert device.got(browser.Error) == [farewell]
        events = await stage.store.events.read(session.conversation.id, 0, 1000)
        assert next(one.event["type"] for one in events) == "SessionOpened"
        assert events[-1].event == {"type": "SessionClosed", "session_id": session.id, "reason": "ended"}
        assert all(item.final for item in await stage.items(session))
