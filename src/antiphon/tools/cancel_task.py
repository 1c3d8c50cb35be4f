"""``cancel_task``: what lets a person stop by voice what runs in the background. Every agent that has such tools is
given it."""

from collections.abc import Sequence

from antiphon.errors import ToolError
from antiphon.tools.context import Task, ToolContext
from antiphon.tools.tool import tool

_SHOWN_CHARS = 100


@tool
async def cancel_task(task: str, context: ToolContext) -> str:
    """Stop a task that was started earlier and is still running, when the person asks for that.

    Args:
        task: the id of the call that started it, or the name of the tool when only one such task is running.
    """
    running = context.tasks.running()
    matching = [one for one in running if task == one.call_id] or [one for one in running if task == one.name]
    if len(matching) != 1:
        raise ToolError(_which(running))
    context.tasks.cancel(matching[0].call_id)
    return f"Cancelled {matching[0].name} (call {matching[0].call_id})."


def _which(running: Sequence[Task]) -> str:
    if not running:
        return "No task is running; it may be done already."
    shown = (f"{one.call_id}: {one.name} {one.arguments[:_SHOWN_CHARS]}" for one in running)
    return f"Say which by its id. Running are: {'; '.join(shown)}"
