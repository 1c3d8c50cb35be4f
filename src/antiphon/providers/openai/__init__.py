"""OpenAI's speech-to-speech models as agents' models. The SDK is asked for only where it is used."""

from antiphon.providers.openai.realtime import Realtime

__all__ = ["Realtime"]
