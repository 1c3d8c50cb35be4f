"""``LLM``: the mind of the offline agent. No model of language: it knows its commands and says so.

Owns what is said and which tool is asked for, from the history alone: pure but for being an iterator. What a command
looks like is ``intents``'s.
"""

from collections.abc import AsyncGenerator, Sequence

from antiphon.dialogue.items import AgentItem, Item, NoticeItem, ToolCallItem, ToolOutputItem, UserItem
from antiphon.models import parts
from antiphon.models.parts import TextDelta, ToolCallDelta, ToolSpec
from antiphon.providers.offline.intents import Ask, Intent, Remark, parse
from antiphon.providers.offline.wording import arguments_json, quoted

CAN_DO = "I can tell the time and date, set timers, do sums, convert units and keep notes."
REMARKS: dict[Remark, str] = {
    Remark.HELLO: f"Hello! I am the offline demo. {CAN_DO}",
    Remark.GOODBYE: "Goodbye!",
    Remark.THANKS: "You are welcome.",
    Remark.YES: "All right. What shall I do?",
    Remark.NO: "All right.",
    Remark.STOP: "Okay.",
    Remark.HELP: f"I am the offline demo. {CAN_DO} Try: set a timer for five minutes.",
    Remark.NOTE_WANTED: "What should I note?",
    Remark.TIMER_WANTED: "For how long?",
    Remark.FORGET_WANTED: "Shall I delete all your notes? Say yes or no.",
}
WORDS_HEARD = 10
LOOK_BACK = 12
"""User items that are read again to know what was asked last."""


class LLM(parts.LLM):
    """Answers commands; everything else honestly, with what was heard. It cannot follow instructions or a prompt."""

    async def respond(
        self,
        history: Sequence[Item],
        *,
        instructions: str,
        tools: Sequence[ToolSpec],
        prompt: str | None = None,
    ) -> AsyncGenerator[TextDelta | ToolCallDelta]:
        for delta in answer(history, {tool.name for tool in tools}):
            yield delta


def answer(history: Sequence[Item], tools: set[str]) -> list[TextDelta | ToolCallDelta]:
    """The answer to the end of ``history``, given the tools there are: what was brought into it first."""
    told = [TextDelta(f"{text} ") for text in _brought(history)]
    rest = [item for item in history if not isinstance(item, NoticeItem)]
    owed = not told or (rest and isinstance(rest[-1], UserItem | ToolOutputItem))
    return [*told, *(_answer(rest, tools) if owed else [])]


def _brought(history: Sequence[Item]) -> list[str]:
    """What the notices since the agent last spoke tell, in order."""
    texts: list[str] = []
    for item in reversed(history):
        if isinstance(item, AgentItem):
            break
        if isinstance(item, NoticeItem):
            texts.insert(0, item.text.partition("\n")[2] or item.text)
    return texts


def _answer(history: Sequence[Item], tools: set[str]) -> list[TextDelta | ToolCallDelta]:
    last = history[-1] if history else None
    if isinstance(last, ToolOutputItem):
        return [TextDelta(" ".join(_outputs(history)))]
    if not isinstance(last, UserItem):
        return [TextDelta(REMARKS[Remark.HELLO])]
    wanted = _wanted(history)
    if isinstance(wanted, Ask):
        if wanted.tool not in tools:
            return [TextDelta("I understood you, but this agent was not given the tool for that.")]
        return [ToolCallDelta(f"call_{last.id}", wanted.tool, arguments_json(wanted.arguments))]
    if wanted is Remark.REPEAT:
        return [TextDelta(_last_said(history))]
    if wanted is not None:
        return [TextDelta(REMARKS[wanted])]
    return [TextDelta(not_understood(last.text))]


def not_understood(heard: str) -> str:
    if not heard.strip():
        return "I did not catch that. Please say it again, or say help."
    return f"I heard: {quoted(heard, WORDS_HEARD)}. I am only the offline demo and know a few commands; say help."


def _wanted(history: Sequence[Item]) -> Intent | None:
    """What the last user item wants, in the light of what was asked before it."""
    said = [item for item in history if isinstance(item, UserItem)][-LOOK_BACK:]
    pending: Remark | None = None
    for item in said[:-1]:
        pending = _pending_after(pending, item.text)
    last = said[-1].text
    intent = parse(last)
    if pending is Remark.NOTE_WANTED and last.strip():
        if intent in (Remark.NO, Remark.STOP, Remark.NOTE_WANTED):
            return intent
        return Ask("take_note", {"text": last.strip()})
    if pending is Remark.FORGET_WANTED and intent is Remark.YES:
        return Ask("delete_notes")
    return intent or _joined(history)


def _pending_after(pending: Remark | None, text: str) -> Remark | None:
    """The question that is open once ``text`` has been said: one that nothing was heard for stays open."""
    if pending is not None and not text.strip():
        return pending
    intent = parse(text)
    if pending is Remark.NOTE_WANTED and intent is not Remark.NOTE_WANTED:
        return None
    return intent if intent in (Remark.NOTE_WANTED, Remark.FORGET_WANTED) else None


def _joined(history: Sequence[Item]) -> Intent | None:
    """A command said in two breaths, when nothing was answered in between."""
    texts: list[str] = []
    for item in reversed(history):
        if not isinstance(item, UserItem):
            break
        texts.insert(0, item.text)
    return parse(" ".join(texts[-2:])) if len(texts) > 1 else None


def _outputs(history: Sequence[Item]) -> list[str]:
    """What the tools of this answer said, in order."""
    outputs: list[str] = []
    for item in reversed(history):
        if isinstance(item, ToolOutputItem):
            outputs.insert(0, item.output)
        elif not isinstance(item, ToolCallItem):
            break
    return outputs


def _last_said(history: Sequence[Item]) -> str:
    for item in reversed(history):
        if isinstance(item, AgentItem) and item.text.strip():
            return item.text
    return "I have not said anything yet."
