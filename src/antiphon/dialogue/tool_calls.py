"""Tool calls: open, then settled or cancelled, each exactly once. Owns that rule alone."""

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
    """The calls that are open now, and the ids of all there ever were."""

    def __init__(self) -> None:
        self.open: dict[str, ToolCall] = {}
        self._seen: set[str] = set()

    def begin(self, call: ToolCall) -> None:
        """Raises ``IllegalTransition`` when the id was used before; then nothing has changed."""
        if call.call_id in self._seen:
            raise IllegalTransition(f"Tool call {call.call_id} was made twice.")
        self._seen.add(call.call_id)
        self.open[call.call_id] = call

    def settle(self, call_id: str) -> ToolCall | None:
        """The call, now closed; None when it is not open (never made, settled before, cancelled)."""
        return self.open.pop(call_id, None)

    def cancel_all(self) -> list[ToolCall]:
        """Close all that are open, oldest first."""
        calls = list(self.open.values())
        self.open.clear()
        return calls
