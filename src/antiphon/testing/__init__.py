"""For tests of agents, ours and yours: time by hand, scripted models and people, and measures of what was heard.

Imported by no product code.
"""

from antiphon.models.scripted import LevelTurnDetection, Reply, Script, ScriptedModel, ToneTTS
from antiphon.testing.clock import ManualClock
from antiphon.testing.device import FakeParticipant
from antiphon.testing.measures import dominant_hz, is_silent, voiced_ms
from antiphon.testing.person import Person, answered, quiet, sounding
from antiphon.testing.rehearsal import Rehearsal
from antiphon.testing.sounds import read_wav, tone

__all__ = [
    "FakeParticipant",
    "LevelTurnDetection",
    "ManualClock",
    "Person",
    "Rehearsal",
    "Reply",
    "Script",
    "ScriptedModel",
    "ToneTTS",
    "answered",
    "dominant_hz",
    "is_silent",
    "quiet",
    "read_wav",
    "sounding",
    "tone",
    "voiced_ms",
]
