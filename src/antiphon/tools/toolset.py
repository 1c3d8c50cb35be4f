"""What an agent's tools are made of: single tools, and sets that must be opened before it is known what is in them.

Owns the two interfaces and the gathering of both into one list of tools with names of their own. Runs nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from antiphon.errors import ConfigurationError
from antiphon.tools.context import ToolContext


class CallableTool(Protocol):
    """What a model may call. ``parameters`` is a JSON Schema object; ``timeout_s``: seconds one call may take."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def timeout_s(self) -> float: ...
    @property
    def background(self) -> bool: ...

    async def call(self, arguments: str, context: ToolContext) -> str:
        """Run on the model's JSON ``arguments``. Raises ``ToolError`` in words that the model can act on; whoever runs
        tools expects anything else too."""
        ...


class Toolset(ABC):
    """Tools that need something live: a connection, a model. Opened once a process, whoever uses it."""

    @abstractmethod
    def open(self) -> AbstractAsyncContextManager[None]:
        """Within, its tools can be called. Raises ``ConfigurationError`` when they cannot work here."""

    @property
    @abstractmethod
    def tools(self) -> Sequence[CallableTool]:
        """The tools as far as they are known; all of them while it is open."""


AnyTool = CallableTool | Toolset


def gathered(tools: Iterable[AnyTool], owner: str) -> list[CallableTool]:
    """All tools of an agent in one list. Raises ``ConfigurationError`` when two share a name."""
    found: list[CallableTool] = []
    for one in tools:
        found += one.tools if isinstance(one, Toolset) else [one]
    names = [tool.name for tool in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ConfigurationError(f"{owner}: two tools are named {', '.join(sorted(twice))}.")
    return found


def offered(tools: Iterable[AnyTool], owner: str) -> list[CallableTool]:
    """What a model is offered: all of them, and ``cancel_task`` where something can run in the background. Raises
    ``ConfigurationError`` when two share a name."""
    found = gathered(tools, owner)
    if not any(tool.background for tool in found):
        return found
    from antiphon.tools.cancel_task import cancel_task  # pydantic comes with it

    return gathered([*found, cancel_task], owner)


@asynccontextmanager
async def opened(tools: Iterable[AnyTool]) -> AsyncIterator[None]:
    """Within, every set among them is open, each once. Raises ``ConfigurationError``."""
    async with AsyncExitStack() as stack:
        for toolset in dict.fromkeys(one for one in tools if isinstance(one, Toolset)):
            await stack.enter_async_context(toolset.open())
        yield
