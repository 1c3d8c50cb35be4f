"""A clock for the tests of media."""

import pytest


class StepClock:
    """Time goes on only by sleeping, or when a test says that it stalled."""

    def __init__(self) -> None:
        self.at = 100.0
        self.stalls: list[float] = []

    def now(self) -> float:
        return self.at

    async def sleep_until(self, at: float) -> None:
        self.at = max(self.at, at) + (self.stalls.pop(0) if self.stalls else 0.0)


@pytest.fixture
def clock() -> StepClock:
    return StepClock()
