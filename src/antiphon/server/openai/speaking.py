"""One response being made: an agent's words, sound and calls, told to the protocol's machines as they come.

Owns what becomes which item. Our own tools run in the middle of a response and are not shown; a client's tools end it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio

from antiphon.clock import Clock
from antiphon.dialogue.effects import CreateResponse
from antiphon.dialogue.events import (
    AgentItemStarted,
    AgentSpeechEnded,
    AgentText,
    ResponseEnded,
    SpeechMarked,
    ToolCalled,
)
from antiphon.dialogue.items import ToolCallItem, ToolOutputItem
from antiphon.dialogue.playback import Spoken
from antiphon.media.pcm import PcmData
from antiphon.media.resampling import Resampler
from antiphon.models.parts import LLM, TTS, ToolSpec
from antiphon.models.pipeline.speaking import Answer
from antiphon.models.realtime import AgentAudio, ModelEvent, ModelSetup
from antiphon.server.openai.history import Memory, history, unheard_question
from antiphon.tools.calling import call_tool
from antiphon.tools.context import ToolContext
from antiphon.tools.toolset import CallableTool
from antiphon.wire.openai.audio import PCM_RATE, AudioFormat
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_server_response import OutputItemDone
from antiphon.wire.openai.items import StoredItem
from antiphon.wire.openai.responses import Plan
from antiphon.wire.openai.served_effects import Outcome
from antiphon.wire.openai.served_state import ServedState
from antiphon.wire.openai.session_shape import FunctionTool

MAX_STEPS = 8
"""How often in one response the model may be asked again with what our own tools gave."""


@dataclass(frozen=True, slots=True)
class ClientTool:
    """A function of the client's, as a model is told of it."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Voice:
    """What every response of a session is made with. ``send`` takes what follows, in order."""

    llm: LLM
    tts: TTS | None
    tools: Sequence[CallableTool]
    context: Callable[[], ToolContext]
    state: ServedState
    memory: Memory
    clock: Clock
    send: Callable[[list[Outcome]], None]


@dataclass(slots=True)
class _Step:
    """What one asking of the model has given so far. ``item_id``: the message that is open."""

    item_id: str | None = None
    resampler: Resampler | None = None
    calls: list[ToolCalled] = field(default_factory=list)
    end: ResponseEnded | None = None


class Speaking:
    """Makes the response of one plan. Cancelling ``run`` stops it; what it told after the end changes nothing."""

    def __init__(self, plan: Plan, voice: Voice) -> None:
        self._plan, self._voice = plan, voice
        self._format = plan.session.audio.output.format
        self._step = _Step()
        self._said: list[StoredItem] = []
        shown = plan.session.tools if plan.session.tool_choice != "none" else []
        self._client_tools = [
            ClientTool(tool.name, tool.description or "", tool.parameters or {"type": "object", "properties": {}})
            for tool in shown
            if isinstance(tool, FunctionTool)
        ]
        taken = {tool.name for tool in self._client_tools}
        self._own_tools = [tool for tool in voice.tools if tool.name not in taken]

    async def run(self) -> None:
        """To the end of the response: what went wrong is in it."""
        voice, plan = self._voice, self._plan
        if unheard_question(self._context()):
            voice.send(voice.state.completed(plan.response_id, voice.clock.now()))
            return
        for number in range(MAX_STEPS):
            end = await self._ask(number)
            if end.status != "completed":
                error = WireError(Code.SERVER_ERROR, end.message or "The agent could not answer.")
                voice.send(voice.state.failed(plan.response_id, error, voice.clock.now()))
                return
            own = {tool.name for tool in self._own_tools}
            ours = [call for call in self._step.calls if call.name in own]
            theirs = [call for call in self._step.calls if call.name not in own]
            await self._run_tools(ours)
            self._show_calls(theirs)
            if theirs or not ours:
                voice.send(voice.state.completed(plan.response_id, voice.clock.now()))
                return
        error = WireError(Code.SERVER_ERROR, f"The agent called its tools {MAX_STEPS} times without an answer.")
        voice.send(voice.state.failed(plan.response_id, error, voice.clock.now()))

    async def _ask(self, number: int) -> ResponseEnded:
        voice, context = self._voice, self._context()
        own = self._own_tools if self._plan.session.tool_choice != "none" else []
        tools: list[ToolSpec] = [*own, *self._client_tools]
        setup = ModelSetup(instructions=self._plan.session.instructions, tools=tools)
        request = CreateResponse(f"{self._plan.response_id}_{number}", history(context, voice.memory))
        spoken = self._plan.session.output_modalities == ["audio"]
        self._step = _Step()
        await Answer(request, setup, voice.llm, voice.tts if spoken else None, self._told).run()
        assert self._step.end is not None
        return self._step.end

    def _context(self) -> list[StoredItem]:
        """As it is now: words may have become known, and what was said in this response is part of it."""
        conversation, plan = self._voice.state.conversation, self._plan
        known = [conversation.item(item.id or "") or item for item in plan.context]
        return [*known, *self._said]

    def _told(self, event: ModelEvent | AgentAudio) -> None:
        response = self._voice.state.responses.get(self._plan.response_id)
        if isinstance(event, ResponseEnded):
            self._step.end = event
        if response is None:
            return
        match event:
            case AgentItemStarted():
                item_id, events = response.add_message()
                self._step.item_id = item_id
                self._voice.memory.spoken[item_id] = Spoken(item_id, response.id, 0.0)
                self._voice.send([*events])
            case AgentText() if self._step.item_id is not None:
                self._voice.memory.spoken[self._step.item_id].text += event.text
                self._voice.send([*response.text(self._step.item_id, event.text)])
            case AgentAudio():
                self._sound(event.audio)
            case SpeechMarked() if self._step.item_id is not None:
                self._voice.memory.spoken[self._step.item_id].marks.append((event.chars, event.audio_ms))
            case AgentSpeechEnded() if self._step.item_id is not None:
                self._end_sound()
                self._voice.memory.spoken[self._step.item_id].audio_ms = event.audio_ms
                closing = response.close(self._step.item_id)
                self._said += [event.item for event in closing if isinstance(event, OutputItemDone)]
                self._voice.send([*closing])
                self._step.item_id = None
            case ToolCalled():
                self._step.calls.append(event)
            case _:
                return

    def _sound(self, audio: PcmData) -> None:
        if self._step.resampler is None:
            self._step.resampler = Resampler(audio.sample_rate, rate_of(self._format))
        self._give(self._step.resampler.push(audio))

    def _end_sound(self) -> None:
        if self._step.resampler is not None:
            self._give(self._step.resampler.flush())
            self._step.resampler = None

    def _give(self, pcm: PcmData) -> None:
        if pcm.empty or self._step.item_id is None:
            return
        state, now = self._voice.state, self._voice.clock.now()
        self._voice.send(state.sounded(self._plan.response_id, self._step.item_id, encode(pcm, self._format), now))

    async def _run_tools(self, calls: Sequence[ToolCalled]) -> None:
        """At once, until all have an answer. They are remembered where the conversation was."""
        outputs: dict[str, str] = {}
        tools = {tool.name: tool for tool in self._own_tools}

        async def run(call: ToolCalled) -> None:
            outputs[call.call_id], _ = await call_tool(tools, call.name, call.arguments, self._voice.context())

        async with anyio.create_task_group() as tasks:
            for call in calls:
                tasks.start_soon(run, call)
        after = self._context()[-1].id if self._context() else None
        for call in calls:
            item = ToolCallItem(call.call_id, call.name, call.arguments)
            self._voice.memory.called(after, item, ToolOutputItem(call.call_id, outputs[call.call_id]))

    def _show_calls(self, calls: Sequence[ToolCalled]) -> None:
        response = self._voice.state.responses.get(self._plan.response_id)
        if response is None:
            return
        for call in calls:
            item_id, events = response.add_call(call.name, call.call_id)
            self._voice.send([*events, *response.arguments(item_id, call.arguments), *response.close(item_id)])


def rate_of(audio_format: AudioFormat) -> int:
    return PCM_RATE if audio_format.type == "audio/pcm" else 8_000


def encode(pcm: PcmData, audio_format: AudioFormat) -> bytes:
    """Sound at the format's own rate as bytes of the wire."""
    if audio_format.type == "audio/pcm":
        return pcm.to_int16().to_bytes()
    return pcm.g711_bytes("mulaw" if audio_format.type == "audio/pcmu" else "alaw", pcm.sample_rate)
