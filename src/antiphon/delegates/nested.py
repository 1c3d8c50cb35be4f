"""``nested``: a task in text given to a team within: another model with its own tools, asked until it has an answer.

Owns that loop. It runs in the background of a conversation and knows nothing of it but what its tools may reach.
"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import anyio

from antiphon.dialogue.items import AgentItem, Item, ToolCallItem, ToolOutputItem, UserItem
from antiphon.errors import ConfigurationError, ModelError, ToolError
from antiphon.models.parts import LLM, TextDelta, ToolCallDelta
from antiphon.tools.calling import call_tool
from antiphon.tools.context import NoTasks, ToolContext
from antiphon.tools.tool import BACKGROUND_TIMEOUT_S, Tool, tool
from antiphon.tools.toolset import AnyTool, CallableTool, Toolset, gathered, opened

DESCRIPTION = "Give a task to a team that works on it for a while. Use it for what takes research or several steps."
MAX_ROUNDS = 12
SHOWN_CHARS = 120


class NestedTeam(Toolset):
    """One background tool and what it needs: a model, and tools that may themselves be sets."""

    def __init__(
        self,
        llm: LLM,
        instructions: str,
        tools: Sequence[AnyTool],
        *,
        name: str,
        description: str,
        timeout: float,
        max_rounds: int,
    ) -> None:
        if max_rounds < 1:
            raise ConfigurationError(f"{name}: max_rounds must be at least 1, not {max_rounds}")
        gathered(tools, name)
        self._llm, self._instructions, self._members, self._max_rounds = llm, instructions, tools, max_rounds
        self._name = name

        @tool(name=name, description=description, timeout=timeout, background=True)
        async def send(task: str, context: ToolContext) -> str:
            """Send a task.

            Args:
                task: everything the team must know, in words; it has not heard the conversation.
            """
            return await self._work(task, context)

        self._tool = send

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with opened(self._members):
            gathered(self._members, self._name)
            await self._llm.start()
            try:
                yield
            finally:
                await self._llm.aclose()

    @property
    def tools(self) -> Sequence[Tool]:
        return (self._tool,)

    async def _work(self, task: str, context: ToolContext) -> str:
        """Ask, run what is called, ask again with what came of it. The first answer without a call is the result."""
        tools = {one.name: one for one in gathered(self._members, self._name)}
        history: list[Item] = [UserItem("task", task)]
        for number in range(self._max_rounds):
            try:
                text, calls = await self._ask(history, list(tools.values()))
            except ModelError as error:
                raise ToolError(f"The team's model failed: {error}") from error
            if not calls:
                if not text.strip():
                    raise ToolError("The team ended without an answer.")
                return text
            if text.strip():
                context.progress(text)
                history.append(AgentItem(f"step_{number}", text))
            history += await _run(tools, calls, number, context)
        raise ToolError(f"The team has not come to an answer within {self._max_rounds} rounds.")

    async def _ask(self, history: Sequence[Item], tools: Sequence[CallableTool]) -> tuple[str, list[ToolCallDelta]]:
        text, calls = "", list[ToolCallDelta]()
        async with aclosing(self._llm.respond(history, instructions=self._instructions, tools=tools)) as deltas:
            async for delta in deltas:
                if isinstance(delta, TextDelta):
                    text += delta.text
                else:
                    calls.append(delta)
        return text, calls


async def _run(
    tools: dict[str, CallableTool], calls: Sequence[ToolCallDelta], number: int, context: ToolContext
) -> list[Item]:
    """All calls of one round, side by side. Their ids are made unique: a model may use one again in another round."""
    outputs = [""] * len(calls)

    async def run(place: int, call: ToolCallDelta) -> None:
        said = f"{call.name} {_short(call.arguments)}"
        context.progress(said)
        within = replace(context, progress=lambda text: context.progress(f"{said}: {text}"), tasks=NoTasks())
        outputs[place], ok = await call_tool(tools, call.name, call.arguments, within)
        context.progress(f"{said}: {'done' if ok else 'failed'}, {_short(outputs[place])}")

    async with anyio.create_task_group() as tasks:
        for place, call in enumerate(calls):
            tasks.start_soon(run, place, call)
    items: list[Item] = []
    for place, call in enumerate(calls):
        call_id = f"call_{number}_{place}"
        items += [ToolCallItem(call_id, call.name, _as_json(call.arguments)), ToolOutputItem(call_id, outputs[place])]
    return items


def _as_json(arguments: str) -> str:
    """A history must not hold what some vendors refuse to read: arguments that are no JSON are given as none."""
    try:
        json.loads(arguments)
    except ValueError:
        return "{}"
    return arguments


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}..."


def nested(
    agent_llm: LLM,
    instructions: str,
    tools: Sequence[AnyTool] = (),
    *,
    name: str = "send_to_nested",
    description: str = DESCRIPTION,
    timeout: float = BACKGROUND_TIMEOUT_S,
    max_rounds: int = MAX_ROUNDS,
) -> NestedTeam:
    """A background tool ``name(task)``, for ``Agent(tools=[...])``: another model, with tools of its own, works on a
    task.

    timeout: seconds for one task. max_rounds: how often the model may be asked for one. Raises ``ConfigurationError``.
    """
    return NestedTeam(
        agent_llm, instructions, tools, name=name, description=description, timeout=timeout, max_rounds=max_rounds
    )
