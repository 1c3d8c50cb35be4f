"""OpenAI's own Python client, unmodified, against our served protocol: it is told what it would be told there."""

import asyncio
import base64
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import openai
import pytest
import pytest_asyncio
from openai import AsyncOpenAI
from websockets.exceptions import ConnectionClosed

from tests.conformance.stock import RATE, Talk, serving, silence, spoken, tone
from tests.integration.serving import Serving

ADDED_DONE = ["conversation.item.added", "conversation.item.done"]
BEGINS = ["response.created", "response.output_item.added", "conversation.item.added"]
ENDS = ["conversation.item.done", "response.output_item.done"]
DONE = ["response.done", "rate_limits.updated"]
SPOKEN = ["response.output_audio_transcript.delta", "response.output_audio.delta"]
SPOKEN_END = ["response.output_audio.done", "response.output_audio_transcript.done", "response.content_part.done"]
LOOK_UP = {"type": "function", "name": "look_up", "description": "Looks up.", "parameters": {"type": "object"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Serving]:
    async with serving(tmp_path_factory.mktemp("served")) as running:
        yield running


pytestmark = pytest.mark.asyncio(loop_scope="module")


def client(server: Serving, key: str = "any") -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{server.url}/v1", api_key=key, max_retries=0)


@asynccontextmanager
async def talking(server: Serving, **session: object) -> AsyncIterator[Talk]:
    async with client(server) as api, api.realtime.connect(model="Echo") as connection:
        talk = Talk(connection)
        await talk.until("session.created")
        assert talk.seen() == ["session.created"]
        if session:
            await talk.update(**session)
            assert talk.seen() == ["session.updated"]
        yield talk


async def test_a_text_turn(server: Serving) -> None:
    async with talking(server, output_modalities=["text"], instructions="Now.") as talk:
        await talk.type("good day")
        await talk.connection.response.create()
        done = await talk.until("response.done")
        await talk.until("rate_limits.updated")
    assert done.type == "response.done"
    assert done.response.output[0].content[0].text == "You said good day. Now."
    assert talk.seen() == [
        *ADDED_DONE, *BEGINS, "response.content_part.added", "response.output_text.delta", "response.output_text.done",
        "response.content_part.done", *ENDS, *DONE,
    ]  # fmt: skip


async def test_a_spoken_turn_found_by_the_server(server: Serving) -> None:
    async with talking(server, audio={"input": {"transcription": {"model": "any"}}}) as talk:
        await talk.say(silence(500) + tone(800) + silence(600))
        started = await talk.until("input_audio_buffer.speech_started")
        stopped = await talk.until("input_audio_buffer.speech_stopped")
        heard = await talk.until("conversation.item.input_audio_transcription.completed")
        await talk.until("rate_limits.updated")
    assert started.audio_start_ms == 200  # 300 ms of padding before the voice
    assert stopped.audio_end_ms == 1700
    assert started.item_id == stopped.item_id == heard.item_id
    assert heard.transcript == "hello there"
    said = "You said hello there. Be brief."
    assert talk.sound().duration_ms == pytest.approx(20 * (len(said) - 1), abs=5)
    assert talk.sound().sample_rate == RATE
    seen = [kind for kind in talk.seen() if "transcription" not in kind]
    assert seen[:6] == [
        "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed",
        *ADDED_DONE, "response.created",
    ]  # fmt: skip
    assert seen[6:9] == [*BEGINS[1:], "response.content_part.added"]
    assert set(seen[9:-7]) == set(SPOKEN)
    assert seen[-7:] == [*SPOKEN_END, *ENDS, *DONE]


async def test_push_to_talk(server: Serving) -> None:
    async with talking(server, audio={"input": {"turn_detection": None}}) as talk:
        await talk.say(tone(500))
        await talk.connection.input_audio_buffer.commit()
        await talk.until("conversation.item.done")
        assert talk.seen() == ["input_audio_buffer.committed", *ADDED_DONE]
        await talk.connection.response.create()
        done = await talk.until("response.done")
    assert done.type == "response.done"
    assert done.response.output[0].content[0].transcript == "You said hello there. Be brief."


async def test_a_tool_of_the_client(server: Serving) -> None:
    async with talking(server, tools=[LOOK_UP]) as talk:
        await talk.type("call look_up please")
        await talk.connection.response.create()
        done = await talk.until("rate_limits.updated")
        assert talk.seen() == [
            *ADDED_DONE, *BEGINS, "response.function_call_arguments.delta", "response.function_call_arguments.done",
            *ENDS, *DONE,
        ]  # fmt: skip
        items = {"item": {"type": "function_call_output", "call_id": "call_1_1", "output": "seven"}}
        await talk.connection.conversation.item.create(**items)
        await talk.connection.response.create()
        done = await talk.until("response.done")
    assert done.type == "response.done"
    assert done.response.output[0].content[0].transcript == "The answer is seven."


async def test_a_tool_of_the_agent_runs_here_and_is_not_shown(server: Serving) -> None:
    async with talking(server, output_modalities=["text"]) as talk:
        await talk.type("call house_number")
        await talk.connection.response.create()
        done = await talk.until("response.done")
        assert done.type == "response.done"
        assert [item.content[0].text for item in done.response.output] == ["The answer is 12."]
        assert not [kind for kind in talk.seen() if "function_call" in kind]


async def test_a_barge_in(server: Serving) -> None:
    async with talking(server) as talk:
        await talk.type("tell a story")
        await talk.connection.response.create()
        await talk.until("response.output_audio.delta")
        await talk.say(silence(200) + tone(600) + silence(600))
        await talk.until("input_audio_buffer.speech_started")
        talk.events.clear()
        done = await talk.until("response.done")
        assert done.type == "response.done"
        assert (done.response.status, done.response.status_details.reason) == ("cancelled", "turn_detected")
        assert done.response.output[0].status == "incomplete"
        assert talk.seen() == [*SPOKEN_END, *ENDS, "response.done"]
        answer = await talk.until("response.done")
        assert answer.type == "response.done"
        assert answer.response.status == "completed"


async def test_a_cancel_and_a_truncation_leave_only_what_was_heard(server: Serving) -> None:
    async with talking(server) as talk:
        await talk.type("tell a story")
        await talk.connection.response.create()
        first = await talk.until("response.output_audio.delta")
        for _ in range(30):
            await talk.until("response.output_audio.delta")
        await talk.connection.response.cancel()
        done = await talk.until("response.done")
        assert done.type == "response.done"
        assert (done.response.status, done.response.status_details.reason) == ("cancelled", "client_cancelled")
        await talk.connection.conversation.item.truncate(item_id=first.item_id, content_index=0, audio_end_ms=1100)
        await talk.until("conversation.item.truncated")
        await talk.connection.conversation.item.retrieve(item_id=first.item_id)
        kept = await talk.until("conversation.item.retrieved")
        assert kept.item.content[0].transcript is None
        await talk.type("what do you remember")
        await talk.connection.response.create(response={"output_modalities": ["text"]})
        answer = await talk.until("response.done")
    assert answer.type == "response.done"
    # 20 ms a character: two sentences, and too little of the third for a word of it.
    assert answer.response.output[0].content[0].text == "Once upon a time there was a story. It went on and on."


async def test_g711_both_ways(server: Serving) -> None:
    ulaw = {"format": {"type": "audio/pcmu"}}
    async with talking(server, audio={"input": {**ulaw, "turn_detection": None}, "output": ulaw}) as talk:
        await talk.say(b"\xff" * 8 * 400)
        await talk.connection.input_audio_buffer.commit()
        await talk.connection.response.create()
        await talk.until("response.done")
        sound = [one.delta for one in talk.events if one.type == "response.output_audio.delta"]
    samples = sum(len(base64.b64decode(one)) for one in sound)
    assert samples / 8 == pytest.approx(20 * (len("You said hello there. Be brief.") - 1), abs=5)


async def test_out_of_band_beside_the_conversation(server: Serving) -> None:
    async with talking(server) as talk:
        await talk.type("tell a story")
        await talk.connection.response.create()
        await talk.until("response.output_audio.delta")
        request = {
            "conversation": "none", "output_modalities": ["text"], "metadata": {"topic": "check"},
            "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}],
        }  # fmt: skip
        await talk.connection.response.create(response=request)
        done = await talk.until("response.done")
    assert done.type == "response.done"
    assert done.response.conversation_id is None
    assert done.response.metadata == {"topic": "check"}
    assert done.response.output[0].content[0].text == "You said hi. Be brief."


async def test_what_is_wrong_is_said_and_the_session_goes_on(server: Serving) -> None:
    async with talking(server, output_modalities=["text"]) as talk:
        faults = [
            ("not json", "invalid_event"),
            ('{"type": "session.delete", "event_id": "e1"}', "invalid_value"),
            ('{"type": "session.update", "session": {}}', "missing_required_parameter"),
            ('{"type": "session.update", "session": {"type": "realtime", "colour": 1}}', "unknown_parameter"),
            ('{"type": "session.update", "session": {"type": "realtime", "tool_choice": "required"}}', "invalid_value"),
            ('{"type": "input_audio_buffer.append", "audio": "AAAA"}', "invalid_value"),
            ('{"type": "input_audio_buffer.append", "audio": "*"}', "invalid_value"),
            ('{"type": "input_audio_buffer.commit"}', "input_audio_buffer_commit_empty"),
            ('{"type": "response.cancel"}', "response_cancel_not_active"),
            ('{"type": "conversation.item.delete", "item_id": "x"}', "item_delete_invalid_item_id"),
        ]
        for frame, code in faults:
            await talk.connection.send_raw(frame)
            error = await talk.until("error")
            assert error.type == "error"
            assert error.error.code == code, frame
        await talk.type("fail now")
        await talk.connection.response.create()
        failed = await talk.until("response.done")
        assert failed.type == "response.done"
        assert failed.response.status == "failed"
        assert failed.response.status_details.error.code == "server_error"
        await talk.type("still there")
        await talk.connection.response.create()
        done = await talk.until("response.done")
        assert done.type == "response.done"
        assert done.response.status == "completed"


async def test_two_responses_at_once_are_refused(server: Serving) -> None:
    async with talking(server, output_modalities=["text"]) as talk:
        await talk.type("tell a story")
        await talk.connection.response.create()
        await talk.connection.response.create(event_id="mine")
        error = await talk.until("error")
    assert error.type == "error"
    assert (error.error.code, error.error.event_id) == ("conversation_already_has_active_response", "mine")


async def test_a_fault_of_the_agent_ends_that_session_alone(server: Serving) -> None:
    async with talking(server) as other, talking(server) as talk:
        await talk.type("crash")
        await talk.connection.response.create()
        assert await closed(talk) == 1011
        await other.update(instructions="Still here.")


async def test_models(server: Serving) -> None:
    async with client(server) as api:
        assert [model.id async for model in api.models.list()] == ["Echo"]
        assert (await api.models.retrieve("Echo")).object == "model"
        with pytest.raises(openai.NotFoundError) as missing:
            await api.models.retrieve("gpt-nothing")
        assert missing.value.code == "model_not_found"


async def test_client_secrets(server: Serving) -> None:
    session = {"type": "realtime", "model": "Echo", "output_modalities": ["text"], "instructions": "Bound."}
    async with client(server) as api:
        lasting = {"anchor": "created_at", "seconds": 60}
        secret = await api.realtime.client_secrets.create(session=session, expires_after=lasting)
        assert secret.value.startswith("ek_")
        with pytest.raises(openai.BadRequestError) as unknown:
            await api.realtime.client_secrets.create(session={"type": "realtime", "colour": 1})
        assert unknown.value.code == "unknown_parameter"
        with pytest.raises(openai.NotFoundError):
            await api.realtime.calls.create(sdp="v=0")
    async with client(server, secret.value) as browser:
        async with browser.realtime.connect(model="Echo") as connection:
            created = await Talk(connection).until("session.created")
        assert created.type == "session.created"
        assert created.session.instructions == "Bound."
        with pytest.raises(openai.AuthenticationError):
            await browser.realtime.client_secrets.create()


@pytest.mark.parametrize(
    ("key", "options", "code", "error_code"),
    [
        ("ek_never_given", {"model": "Echo"}, 3000, "invalid_api_key"),
        ("any", {"model": "Echo", "extra_headers": {"OpenAI-Beta": "realtime=v1"}}, 4000, "beta_api_shape_disabled"),
        ("any", {}, 1008, "missing_required_parameter"),
        ("any", {"call_id": "rtc_1"}, 1008, "call_id_not_found"),
    ],
)
async def test_who_is_refused(
    server: Serving, key: str, options: dict[str, object], code: int, error_code: str
) -> None:
    async with client(server, key) as api, api.realtime.connect(**options) as connection:
        talk = Talk(connection)
        error = await talk.until("error")
        assert error.type == "error"
        assert error.error.code == error_code
        assert await closed(talk) == code


async def closed(talk: Talk) -> int:
    """The code that its socket was closed with."""
    with pytest.raises(ConnectionClosed) as found:
        await talk.until("session.updated")
    assert found.value.rcvd is not None
    return found.value.rcvd.code


@asynccontextmanager
async def opened(server: Serving, key: str = "any") -> AsyncIterator[Talk]:
    async with client(server, key) as api, api.realtime.connect(model="Echo") as connection:
        yield Talk(connection)


async def test_keys_a_limit_and_an_expiry(tmp_path: Path) -> None:
    settings = {"openai_api_keys": '["secret"]', "openai_session_s": "2", "max_sessions": "1"}
    async with serving(tmp_path, **settings) as server:
        async with opened(server, "wrong") as talk:
            assert (await talk.until("error", "session.created")).type == "error"
            assert await closed(talk) == 3000
        async with opened(server, "secret") as talk:
            await talk.until("session.created")
            async with opened(server, "secret") as refused:
                assert (await refused.until("error", "session.created")).type == "error"
                assert await closed(refused) == 1013
            error = await talk.until("error")
            assert error.type == "error"
            assert error.error.code == "session_expired"
            assert await closed(talk) == 1001
        async with opened(server, "secret") as talk:
            assert (await talk.until("error", "session.created")).type == "session.created"


async def test_a_server_that_stops_says_so(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, opened(server) as talk:
        await talk.until("session.created")
        server.process.send_signal(signal.SIGTERM)
        assert await closed(talk) == 1001
        async with asyncio.timeout(10):
            assert await server.process.wait() == 0


async def test_the_offline_agent_holds_a_spoken_turn(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, agent=None) as server,
        client(server) as api,
        api.realtime.connect(model="gpt-realtime") as connection,
    ):
        talk = Talk(connection)
        await talk.until("session.created")
        await talk.update(audio={"input": {"transcription": {"model": "any"}}})
        await talk.say(spoken("seven_times_six"))
        heard = await talk.until("conversation.item.input_audio_transcription.completed")
        done = await talk.until("response.done")
    assert heard.transcript == "what is seven times six"
    assert done.type == "response.done"
    assert "42" in done.response.output[0].content[0].transcript
    assert talk.sound().duration > 1.0
