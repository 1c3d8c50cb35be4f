"""From a request to a live session: which agent answers to which model's name, and how its session begins.

Owns what a client is told of our agents. Knows no web framework.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from antiphon.agent import Agent
from antiphon.clock import Clock
from antiphon.errors import ToolError
from antiphon.models.pipeline import Pipeline
from antiphon.server.openai.abilities import Abilities
from antiphon.server.openai.access import Access
from antiphon.server.openai.served import Cast, ServedSession
from antiphon.store.store import Store
from antiphon.tools.context import Reminder, ToolContext
from antiphon.tools.toolset import gathered
from antiphon.wire.openai import ids
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.served_state import ServedState
from antiphon.wire.openai.session import Rules, new_session, updated
from antiphon.wire.openai.session_shape import Session, SessionType
from antiphon.wire.openai.shape import JsonObject

RULES = Rules(other_model="ignore")
"""Some clients always send the name of a model that they have built in."""


class NoReminders:
    """Fits ``tools.context.Reminders``: a served session has no way to speak unasked."""

    async def add(self, after_seconds: float, text: str) -> Reminder:  # noqa: ARG002  the shape of it is given
        raise ToolError("Reminders are not possible on this connection: it cannot speak by itself later.")

    async def cancel(self, reminder_id: str) -> bool:  # noqa: ARG002  there are none
        return False

    def pending(self) -> Sequence[Reminder]:
        return ()


@dataclass(frozen=True, slots=True)
class OpenAiFace:
    """The agents as models. Those made of parts can be served; one that is a speech-to-speech model itself cannot yet,
    and is not listed. ``session_s``: how long a session may last."""

    store: Store
    agents: Mapping[str, Agent]
    default_agent: str
    access: Access
    session_s: float
    started_at: int = field(default_factory=lambda: int(time.time()))

    def models(self) -> list[str]:
        """The names of the agents that can be served."""
        return [name for name, agent in self.agents.items() if isinstance(agent.model(), Pipeline)]

    def agent(self, model: str) -> Agent:
        """The agent of that name, or the default one: clients have names of models built in. Raises ``WireError``."""
        agent = self.agents.get(model) or self.agents[self.default_agent]
        if not isinstance(agent.model(), Pipeline):
            raise WireError(
                Code.MODEL_NOT_FOUND,
                f"The agent '{agent.name}' is a speech-to-speech model itself and is not served here.",
                param="model",
            )
        return agent

    def session(self, model: str, kind: SessionType, asked: JsonObject, *, started: bool) -> Session:
        """A session as it begins, with what a client secret says on top. Raises ``WireError``."""
        agent = self.agent(model)
        parts = _parts(agent)
        expires_at = int(time.time() + self.session_s) if started else 0
        own: dict[str, Any] = {} if parts.stt is not None else {"audio": {"input": {"turn_detection": None}}}
        if kind == "realtime":
            own["instructions"] = agent.instructions
            if parts.tts is None:
                own["output_modalities"] = ["text"]
            if agent.voice is not None:
                own["audio"] = {**own.get("audio", {}), "output": {"voice": agent.voice}}
        session_id = ids.random_id(ids.SESSION)
        session = new_session(session_id, model, kind=kind, expires_at=expires_at, request=own, rules=RULES)
        Abilities(hears=parts.stt is not None, speaks=parts.tts is not None).check_settings(asked, "session")
        return updated(session, {**asked, "type": kind}, spoke=False, rules=RULES) if asked else session

    def open(self, session: Session, agent: Agent, clock: Clock) -> ServedSession:
        """Raises ``ModelUnavailable`` when there is no room for another listener."""
        parts = _parts(agent)
        state = ServedState(session, ids.random_id, RULES, "websocket", clock.now(), lifetime=self.session_s)
        ears = None
        if parts.stt is not None and parts.turn_detection is not None:
            ears = (parts.stt.open(), parts.turn_detection.open())
        notes = self.store.notes(agent.name, None)
        name = session.id or ""

        def context() -> ToolContext:
            return ToolContext(name, datetime.now().astimezone(), notes, NoReminders())

        return ServedSession(
            state, Cast(parts.llm, parts.tts, ears, gathered(agent.tools, agent.name), context), ids.random_id, clock
        )


def _parts(agent: Agent) -> Pipeline:
    model = agent.model()
    assert isinstance(model, Pipeline), "only such agents are given out"
    return model
