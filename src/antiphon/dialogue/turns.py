"""Whose turn it is: two coupled tables, the person's and the agent's, and every legal move of both.

Owns the states and the moves; what a move leads to is decided in ``people`` and ``model``. Barge-in is the one joint
rule: the person's ``start`` while the agent is not idle interrupts it.
"""

from enum import Enum

from antiphon.errors import IllegalTransition


class Person(Enum):
    SILENT = "silent"
    SPEAKING = "speaking"
    PAUSED = "paused"
    """The voice has stopped; the turn is not committed yet."""


class AgentTurn(Enum):
    IDLE = "idle"
    THINKING = "thinking"
    SPEAKING = "speaking"


class PersonMove(Enum):
    START = "start"
    STOP = "stop"
    COMMIT = "commit"
    DISCARD = "discard"


class AgentMove(Enum):
    ASK = "ask"
    SOUND = "sound"
    RETHINK = "rethink"
    """All sound is out, but tools or a response are still open."""
    FINISH = "finish"
    INTERRUPT = "interrupt"


PERSON: dict[tuple[Person, PersonMove], Person] = {
    (Person.SILENT, PersonMove.START): Person.SPEAKING,
    (Person.PAUSED, PersonMove.START): Person.SPEAKING,
    (Person.SPEAKING, PersonMove.STOP): Person.PAUSED,
    (Person.SPEAKING, PersonMove.COMMIT): Person.SILENT,
    (Person.PAUSED, PersonMove.COMMIT): Person.SILENT,
    (Person.SILENT, PersonMove.COMMIT): Person.SILENT,
    (Person.SPEAKING, PersonMove.DISCARD): Person.SILENT,
    (Person.PAUSED, PersonMove.DISCARD): Person.SILENT,
}

AGENT: dict[tuple[AgentTurn, AgentMove], AgentTurn] = {
    (AgentTurn.IDLE, AgentMove.ASK): AgentTurn.THINKING,
    (AgentTurn.THINKING, AgentMove.ASK): AgentTurn.THINKING,
    (AgentTurn.SPEAKING, AgentMove.ASK): AgentTurn.SPEAKING,
    (AgentTurn.THINKING, AgentMove.SOUND): AgentTurn.SPEAKING,
    (AgentTurn.SPEAKING, AgentMove.SOUND): AgentTurn.SPEAKING,
    (AgentTurn.SPEAKING, AgentMove.RETHINK): AgentTurn.THINKING,
    (AgentTurn.SPEAKING, AgentMove.FINISH): AgentTurn.IDLE,
    (AgentTurn.THINKING, AgentMove.FINISH): AgentTurn.IDLE,
    (AgentTurn.THINKING, AgentMove.INTERRUPT): AgentTurn.IDLE,
    (AgentTurn.SPEAKING, AgentMove.INTERRUPT): AgentTurn.IDLE,
}


class Turns:
    """The two states, moved only along the tables."""

    __slots__ = ("agent", "person")

    def __init__(self) -> None:
        self.person = Person.SILENT
        self.agent = AgentTurn.IDLE

    def move_person(self, move: PersonMove) -> None:
        """Raises ``IllegalTransition``; then nothing has changed."""
        state = PERSON.get((self.person, move))
        if state is None:
            raise IllegalTransition(f"A person who is {self.person.value} cannot {move.value}.")
        self.person = state

    def move_agent(self, move: AgentMove) -> None:
        """Raises ``IllegalTransition``; then nothing has changed."""
        state = AGENT.get((self.agent, move))
        if state is None:
            raise IllegalTransition(f"An agent that is {self.agent.value} cannot {move.value}.")
        self.agent = state
