"""Making one call: in time, and answered in words that a model can act on, whatever the tool does.

This is the boundary for a tool's own exceptions: nothing a tool raises goes further up.
"""

import logging
from collections.abc import Mapping
from uuid import uuid4

import anyio

from antiphon.errors import ToolError
from antiphon.tools.context import ToolContext
from antiphon.tools.tool import result_text
from antiphon.tools.toolset import CallableTool

log = logging.getLogger(__name__)


async def call_tool(
    tools: Mapping[str, CallableTool], name: str, arguments: str, context: ToolContext
) -> tuple[str, bool]:
    """What the model is told, and whether the call succeeded. Raises nothing but cancellation."""
    tool = tools.get(name)
    if tool is None:
        return f"There is no tool named {name!r}. Tools: {', '.join(tools) or 'none'}.", False
    try:
        with anyio.move_on_after(tool.timeout_s):
            await anyio.lowlevel.checkpoint()  # a call that was cancelled before it began is not made
            return await tool.call(arguments, context), True
        return f"{name} did not finish within {tool.timeout_s:g} seconds.", False
    except ToolError as error:
        return result_text(str(error)), False
    except Exception as error:
        # Somebody else's code: whatever it raises, the conversation goes on and the model is told.
        reference = uuid4().hex[:8]
        log.exception("tool failed", extra={"tool": name, "reference": reference})
        return f"{name} failed: {type(error).__name__} (reference {reference}).", False
