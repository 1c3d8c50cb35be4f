"""``Agent`` and ``User``: frozen specifications. Owns what an agent is made of; holds no connection and does no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from antiphon.errors import ConfigurationError
from antiphon.models.parts import LLM, STT, TTS, TurnDetection
from antiphon.models.realtime import Realtime
from antiphon.tools.toolset import AnyTool, offered


@dataclass(frozen=True, slots=True)
class User:
    """A name and an id: the agent's own, or a person's."""

    name: str
    id: str = field(default_factory=lambda: f"user_{uuid4().hex[:12]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """What an agent is: a speech-to-speech model, or parts that make one; good for any number of sessions.

    llm: a ``Realtime``, or an ``LLM`` with ``stt``, ``tts`` and ``turn_detection`` around it. greeting: the first
    words, spoken word for word when somebody joins a new conversation. description, hints: shown on the page (what it
    is, phrases to try). Raises ``ConfigurationError`` for parts that do not go together or tools that share a name.
    """

    llm: LLM | Realtime
    stt: STT | None = None
    tts: TTS | None = None
    turn_detection: TurnDetection | None = None
    agent_user: User = field(default_factory=lambda: User("Agent"))
    instructions: str = ""
    tools: Sequence[AnyTool] = ()
    voice: str | None = None
    greeting: str | None = None
    apology: str | None = "Sorry, something went wrong and I could not answer that."
    description: str = ""
    hints: Sequence[str] = ()
    offline: bool = False

    def __post_init__(self) -> None:
        parts = {"stt": self.stt, "tts": self.tts, "turn_detection": self.turn_detection}
        given = [name for name, part in parts.items() if part is not None]
        if isinstance(self.llm, Realtime) and given:
            raise ConfigurationError(f"{self.agent_user.name}: a Realtime model brings its own {', '.join(given)}.")
        if (self.stt is None) != (self.turn_detection is None):
            raise ConfigurationError(f"{self.agent_user.name}: stt and turn_detection go together.")
        offered(self.tools, self.name)

    @property
    def name(self) -> str:
        return self.agent_user.name

    def model(self) -> Realtime:
        """The one model that this agent is, whatever it is made of."""
        if isinstance(self.llm, Realtime):
            return self.llm
        from antiphon.models.pipeline import Pipeline

        return Pipeline(llm=self.llm, stt=self.stt, tts=self.tts, turn_detection=self.turn_detection)
