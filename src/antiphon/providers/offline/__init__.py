"""The embedded default: a spoken agent on this machine alone, without a key. It knows commands, and says so."""

from antiphon.providers.offline.brain import LLM
from antiphon.providers.offline.recognition import STT
from antiphon.providers.offline.speech import TTS
from antiphon.providers.offline.tools import TOOLS
from antiphon.providers.silero import TurnDetection

DESCRIPTION = "The offline demo: it runs on this machine alone and understands spoken commands."
INSTRUCTIONS = "You are the offline demo. Answer in one or two short sentences, and use the tools."
GREETING = "Hello! I am the offline demo. Ask me the time, set a timer, or say help."
HINTS = (
    "What time is it?",
    "Set a timer for five minutes",
    "What is seven times six?",
    "Convert ten miles to kilometers",
    "Take a note",
    "Help",
)

__all__ = ["DESCRIPTION", "GREETING", "HINTS", "INSTRUCTIONS", "LLM", "STT", "TOOLS", "TTS", "TurnDetection"]
