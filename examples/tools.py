"""Quick tools, and tools that take minutes: a team within, and a coder at the command line.

    antiphon serve examples/tools.py:agent

Then join and type "count the words in to be or not to be", "research sea shanties", "code a web page", "stop".

No key is needed: both models here are stand-ins that go by keywords (`ByRule`), and they write instead of speaking.
With a real one, such as `openai.Realtime()` for the agent, everything below them stays as it is.
"""

import json
import os
import shutil
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from uuid import uuid4

import anyio
from platformdirs import user_cache_path

from antiphon import Agent, ToolContext, User, tool
from antiphon.delegates.command import KEPT, command
from antiphon.delegates.nested import nested
from antiphon.dialogue.items import Item, NoticeItem, ToolCallItem, ToolOutputItem, UserItem
from antiphon.models.parts import LLM, TextDelta, ToolCallDelta, ToolSpec

Answer = TextDelta | ToolCallDelta


class ByRule(LLM):
    """Stands in for a language model: a function from the history to the answer."""

    def __init__(self, rule: Callable[[Sequence[Item]], Answer]) -> None:
        self._rule = rule

    async def respond(
        self, history: Sequence[Item], *, instructions: str, tools: Sequence[ToolSpec], prompt: str | None = None
    ) -> AsyncGenerator[Answer]:
        yield self._rule(history)


# A quick tool: the conversation waits for it


@tool
def count_words(text: str) -> str:
    """Count the words of a text.

    Args:
        text: what to count.
    """
    return f"{len(text.split())} words."


# A team within. Its own tool tells how it goes


@tool
async def browse(subject: str, context: ToolContext) -> str:
    """Read about a subject (this one only takes its time, and makes the pages up).

    Args:
        subject: what to read about.
    """
    for page in range(1, 6):
        context.progress(f"page {page} of 5")
        await anyio.sleep(1)
    return f"Five pages about {subject}."


def researcher(history: Sequence[Item]) -> Answer:
    last = history[-1]
    if isinstance(last, UserItem):
        return called("browse", subject=last.text)
    assert isinstance(last, ToolOutputItem)
    return TextDelta(f"I have read: {last.output}")


team = nested(ByRule(researcher), "You research what you are asked.", [browse])


# A coder at the command line. Where Claude Code is not installed, a few lines of Python take its place: they write no
# code and only show that the task arrives on stdin, that lines are shown as they come, and where the work is done

STAND_IN = """
import os, sys, time
task = sys.stdin.read()
for step in ("reading the task", "pretending to think", "pretending to write"):
    print(step, flush=True)
    time.sleep(2)
print(f"This stand-in wrote nothing. The task was {task!r}, the folder {os.getcwd()}.")
"""

work = user_cache_path("antiphon") / "coder"
if shutil.which("claude") is not None:
    # As it is here it may read and answer; what it may do besides is said by its own options (--permission-mode,
    # --allowedTools). It prints once, at the end.
    coder = command(["claude", "-p"], workdir=work, allow=["claude"], env=os.environ, keep=[*KEPT, "ANTHROPIC_API_KEY"])
else:
    coder = command([sys.executable, "-c", STAND_IN], workdir=work, allow=[sys.executable], env=os.environ)


# The agent


def receptionist(history: Sequence[Item]) -> Answer:
    last = history[-1]
    if isinstance(last, NoticeItem):
        return TextDelta(last.text.partition("\n")[2] or last.text)
    if isinstance(last, ToolOutputItem):
        return TextDelta("I am on it." if last.output.startswith("Started.") else last.output)
    assert isinstance(last, UserItem)
    first, _, rest = last.text.partition(" ")
    match first.lower():
        case "count":
            return called("count_words", text=rest.partition(" in ")[2])
        case "research":
            return called("send_to_nested", task=rest)
        case "code":
            return called("send_to_claude_code", task=rest)
        case "stop":
            return called("cancel_task", task=latest_task(history))
        case _:
            return TextDelta("I go by the first word: count, research, code or stop.")


def called(name: str, **arguments: str) -> ToolCallDelta:
    return ToolCallDelta(f"call_{uuid4().hex}", name, json.dumps(arguments))


def latest_task(history: Sequence[Item]) -> str:
    """The id of the call that started it."""
    ids = [item.call_id for item in history if isinstance(item, ToolCallItem) and item.name.startswith("send_to")]
    return ids[-1] if ids else ""


agent = Agent(
    agent_user=User("Toolsmith"),
    description="Shows tools that take a moment and tools that take minutes. It goes by keywords and writes.",
    llm=ByRule(receptionist),
    tools=[count_words, team, coder],
    hints=("count the words in to be or not to be", "research sea shanties", "code a web page", "stop"),
)
