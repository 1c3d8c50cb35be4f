"""Effect to call: one exhaustive match over what a dialogue wants done. Decides nothing."""

from dataclasses import dataclass
from typing import assert_never

from anyio.abc import TaskGroup

from antiphon.dialogue import effects as e
from antiphon.models.realtime import RealtimeConnection
from antiphon.session.playout import Playout
from antiphon.session.room import Room
from antiphon.session.tool_runner import ToolRunner
from antiphon.wire import browser

Shown = e.ShowState | e.ShowEntry | e.ShowTool | e.ShowLatency | e.ShowError


def message(effect: Shown) -> browser.Message:
    """What a device is told of it."""
    match effect:
        case e.ShowState():
            return browser.AgentStateChanged(state=effect.state)
        case e.ShowEntry(entry):
            line = browser.TranscriptEntry(
                id=entry.id,
                role=entry.role,
                text=entry.text,
                final=entry.final,
                participant_id=entry.participant_id,
                heard_ms=entry.heard_ms,
                interrupted=entry.interrupted,
                at=entry.at,
            )
            return browser.TranscriptUpdated(data=line)
        case e.ShowTool():
            call = browser.ToolCallState(
                id=effect.call_id,
                name=effect.name,
                state=effect.state,
                arguments=effect.arguments,
                output=effect.output,
            )
            return browser.ToolCallUpdated(data=call)
        case e.ShowLatency():
            return browser.LatencyMeasured(
                data=browser.TurnLatency(
                    item_id=effect.item_id,
                    turn_end_ms=effect.turn_end_ms,
                    transcript_ms=effect.transcript_ms,
                    first_token_ms=effect.first_token_ms,
                    first_audio_ms=effect.first_audio_ms,
                )
            )
        case e.ShowError():
            return browser.Error(code=effect.code, message=effect.message, fatal=effect.fatal)


@dataclass(frozen=True, slots=True)
class Performer:
    """Everything an effect can touch."""

    connection: RealtimeConnection
    playout: Playout
    room: Room
    tools: ToolRunner
    tasks: TaskGroup

    async def perform(self, effect: e.Effect) -> None:
        match effect:
            case e.AddItem(item):
                await self.connection.add_item(item)
            case e.CreateResponse():
                await self.connection.create_response(effect)
            case e.CancelResponse(response_id):
                self.playout.refuse(response_id)
                await self.connection.cancel_response(response_id)
            case e.TruncateItem():
                await self.connection.truncate(effect)
            case e.FlushPlayout(item_id):
                self.playout.flush(item_id)
                self.room.send(browser.AudioFlush(item_id=item_id))
            case e.EndPlayout(item_id):
                self.playout.end(item_id)
            case e.RunTool():
                self.tools.run(effect, self.tasks)
            case e.CancelTool(call_id):
                self.tools.cancel(call_id)
            case e.ShowState() | e.ShowEntry() | e.ShowTool() | e.ShowLatency() | e.ShowError():
                self.room.send(message(effect))
            case _:
                assert_never(effect)
