"""Tool calls: open or in the background, then settled or cancelled, each exactly once. Owns that rule alone."""

from dataclasses import dataclass

from antiphon.errors import IllegalTransition


@dataclass(frozen=True, slots=True)
class ToolCall:
    call_id: str
    name: str
    arguments: str
    response_id: str
    at: float


class ToolCalls:
    """The calls that are waited for (``open``), those that are not (``background``), the ids of all there ever were."""

    def __init__(self) -> None:
        self.open: dict[str, ToolCall] = {}
        self.background: dict[str, ToolCall] = {}
        self._seen: set[str] = set()

    def begin(self, call: ToolCall) -> None:
        """It is waited for. Raises ``IllegalTransition`` when the id was used before; then nothing has changed."""
        if call.call_id in self._seen:
            raise IllegalTransition(f"Tool call {call.call_id} was made twice.")
        self._seen.add(call.call_id)
        self.open[call.call_id] = call

    def detach(self, call_id: str) -> None:
        """An open call goes on in the background."""
        self.background[call_id] = self.open.pop(call_id)

    def running(self, call_id: str) -> ToolCall | None:
        """The call, if it is not over."""
        return self.open.get(call_id) or self.background.get(call_id)

    def finish(self, call_id: str) -> ToolCall | None:
        """The background call, now closed; None when none of that id is running."""
        return self.background.pop(call_id, None)

    def settle(self, call_id: str) -> ToolCall | None:
        """The call, now closed; None when it is not open (never made, settled before, cancelled)."""
        return self.open.pop(call_id, None)

    def cancel_all(self) -> list[ToolCall]:
        """Close all that are open, oldest first. The background goes on."""
        calls = list(self.open.values())
        self.open.clear()
        return calls
