"""Spoken calls to a server process, by people with real peer connections. What they hear is measured."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from antiphon.errors import ProtocolError
from antiphon.testing import Person, dominant_hz, is_silent, quiet, sounding, tone, voiced_ms
from antiphon.wire import browser
from tests.integration.serving import FOR_LONG, Serving, started

AGENT = '''
from antiphon.agent import Agent, User
from antiphon.models.scripted import LevelTurnDetection, Reply, Script, ScriptedLLM, ScriptedSTT, ToneTTS

STORY = "Once upon a time there was a very long story that never seemed to come to its end at all, ever."


class Answering(ScriptedLLM):
    """Answers what was said, so that each call has its own course."""

    async def respond(self, history, *, instructions, tools, prompt=None):
        said = history[-1].text
        number = sum(type(item).__name__ == "UserItem" for item in history)
        script = Script([Reply(STORY if "story" in said else f"Answer {number}.")])
        async for delta in ScriptedLLM(script).respond(history, instructions=instructions, tools=tools):
            yield delta


nothing = Script([Reply("")], default_hears="hello")
agent = Agent(
    agent_user=User("Scripted"),
    llm=Answering(nothing),
    stt=ScriptedSTT(nothing),
    tts=ToneTTS(first_hz=600, step_hz=0),
    turn_detection=LevelTurnDetection(),
)
'''
VOICE = tone(200, 0.8)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Serving]:
    (folder / "calls.py").write_text(AGENT, "utf-8")
    process = await started(folder, "serve", "calls.py:agent", "--port", "0")
    assert process.stdout is not None
    try:
        async with asyncio.timeout(FOR_LONG):
            yield Serving(process, (await process.stdout.readline()).decode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_a_spoken_turn_is_heard_and_answered(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, Person.call(server.url) as person:
        await person.ready()
        await person.pause(0.2)
        assert is_silent(await person.hear(lambda _: True))
        await person.say(VOICE)
        answer = await person.hear()
        assert dominant_hz(answer) == pytest.approx(600, abs=10)
        assert voiced_ms(answer) == pytest.approx(9 * 60, abs=60)
        assert (person.lines("user"), person.lines("agent")) == (["hello"], ["Answer 1."])
        latency = person.got(browser.LatencyMeasured)[0].data
        assert latency.first_audio_ms is not None
        await person.leave()


async def test_talking_over_the_agent_silences_it_and_it_remembers_what_was_heard(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, Person.call(server.url) as person:
        await person.ready()
        person.type_text("tell me a story")
        await person.hear(sounding(1200))
        await person.say(VOICE)
        await person.hear(quiet(300))
        story = next(entry for entry in person.entries.values() if entry.role == "agent")
        assert story.interrupted
        assert story.final
        assert story.heard_ms is not None
        assert 1000 <= story.heard_ms <= 2000
        assert len(story.text) <= story.heard_ms / 60
        await person.hear()
        assert person.lines("agent")[-1] == "Answer 2."


async def test_two_calls_at_once_are_each_their_own(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, Person.call(server.url) as one, Person.call(server.url) as other:
        async with asyncio.TaskGroup() as both:
            both.create_task(one.ready())
            both.create_task(other.ready())
        other.type_text("tell me a story")
        await other.hear(sounding(300))
        await one.say(VOICE)
        await one.hear()
        await other.hear()
        assert (one.lines("user"), one.lines("agent")) == (["hello"], ["Answer 1."])
        assert other.lines("user") == ["tell me a story"]
        assert not any(entry.interrupted for entry in other.entries.values())
        await one.leave()
        assert not other.gone
        other.type_text("still there?")
        await other.hear()
        assert other.lines("agent")[-1] == "Answer 2."


async def test_two_devices_share_one_conversation(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, Person.call(server.url) as desktop:
        await desktop.ready()
        async with Person.call(server.url, desktop.conversation_id) as phone:
            await phone.ready()
            await phone.say(VOICE)
            heard = await asyncio.gather(desktop.hear(), phone.hear())
            assert [dominant_hz(one) for one in heard] == pytest.approx([600, 600], abs=10)
            assert desktop.lines("agent") == phone.lines("agent") == ["Answer 1."]
        await desktop.pause(0.5)
        assert not desktop.gone


async def test_leaving_ends_the_session_and_the_conversation_is_whole(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        async with Person.call(server.url) as person:
            await person.ready()
            await person.say(VOICE)
            await person.hear()
            conversation = person.conversation_id
            await person.leave()
        async with server.client() as client:
            read = (await client.get(f"/api/conversations/{conversation}")).json()
            assert [item["text"] for item in read["items"]] == ["hello", "Answer 1."]
            assert not read["live"]


async def test_killed_in_mid_speech_it_goes_on_where_it_was_heard(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, Person.call(server.url) as person:
        await person.ready()
        await person.say(VOICE)
        await person.hear()
        person.type_text("tell me a story")
        await person.hear(sounding(1500))
        conversation = person.conversation_id
        server.process.send_signal(signal.SIGKILL)
        await server.process.wait()
    async with serving(tmp_path) as server, Person.call(server.url, conversation) as person:
        await person.ready()
        assert person.conversation_id == conversation
        async with server.client() as client:
            items = (await client.get(f"/api/conversations/{conversation}")).json()["items"]
        assert [item["text"] for item in items[:3]] == ["hello", "Answer 1.", "tell me a story"]
        (story,) = items[3:]
        assert story["interrupted"]
        assert 1000 <= story["heard_ms"] <= 1600
        assert 0 < len(story["text"]) <= story["heard_ms"] / 60
        await person.say(VOICE)
        await person.hear()
        assert person.lines("agent") == ["Answer 3."]


async def test_a_stop_in_mid_speech_is_told_and_clean(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, Person.call(server.url) as person:
        await person.ready()
        person.type_text("tell me a story")
        await person.hear(sounding(500))
        end, took = await server.stopped()
        await person.hear(lambda one: one.gone)
        assert (end.code, end.err) == (0, "")
        assert took < 5
        told = person.got(browser.Error)
        assert [(error.code, error.fatal) for error in told] == [("server_stopping", True)]


async def test_what_is_no_call_is_refused_in_words(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        with pytest.raises(ProtocolError, match="404: "):
            async with Person.call(server.url, "conv_" + "0" * 32):
                pass
        with pytest.raises(ProtocolError, match="404: There is no agent"):
            async with Person.call(server.url, agent="Nobody"):
                pass
