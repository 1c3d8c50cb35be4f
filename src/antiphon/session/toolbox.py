"""A session's tools: those its agent has, what they may reach of the conversation, and who waits for which."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from antiphon.agent import Agent
from antiphon.clock import Clock
from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.events import Event, ToolCalled, ToolCancelRequested
from antiphon.session.reminders import SessionReminders
from antiphon.session.tool_runner import ToolRunner
from antiphon.store.store import Store
from antiphon.tools.context import Task, ToolContext
from antiphon.tools.toolset import offered


class SessionTasks:
    """What runs in the background, as a tool sees it. Fits ``tools.context.Tasks``; the dialogue owns it."""

    def __init__(self, dialogue: Dialogue, post: Callable[[Event], None]) -> None:
        self._dialogue, self._post = dialogue, post

    def running(self) -> Sequence[Task]:
        return [Task(call.call_id, call.name, call.arguments) for call in self._dialogue.tasks]

    def cancel(self, call_id: str) -> None:
        self._post(ToolCancelRequested(call_id))


class Toolbox:
    """``offered`` is what the model is told of; ``runner`` runs it."""

    def __init__(
        self,
        agent: Agent,
        conversation_id: str,
        store: Store,
        dialogue: Dialogue,
        clock: Clock,
        now: Callable[[], float],
        post: Callable[[Event], None],
    ) -> None:
        self.offered = offered(agent.tools, agent.name)
        self.runner = ToolRunner(self.offered, self._context, post, post, clock)
        self._background = {tool.name for tool in self.offered if tool.background}
        self._agent, self._conversation_id, self._store = agent, conversation_id, store
        self._reminders = SessionReminders(dialogue, now, post)
        self._tasks = SessionTasks(dialogue, post)

    def placed(self, event: ToolCalled) -> ToolCalled:
        """The call as it is logged: a model does not know what runs in the background, the log must."""
        return replace(event, background=True) if event.name in self._background else event

    def _context(self) -> ToolContext:
        notes = self._store.notes(self._agent.name, self._conversation_id)
        now = datetime.now().astimezone()
        return ToolContext(self._conversation_id, now, notes, self._reminders, tasks=self._tasks)
