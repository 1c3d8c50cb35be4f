"""The agent that is served when none is named: everything on this machine, no key. It says what it is."""

from antiphon.agent import Agent, User


def offline_agent() -> Agent:
    """Raises ``MissingExtraError`` when the extra ``offline`` is not installed."""
    from antiphon.providers import offline, silero

    return Agent(
        agent_user=User("Offline demo"),
        instructions=offline.INSTRUCTIONS,
        description=offline.DESCRIPTION,
        hints=offline.HINTS,
        greeting=offline.GREETING,
        stt=offline.STT(),
        llm=offline.LLM(),
        tts=offline.TTS(),
        turn_detection=silero.TurnDetection(),
        tools=offline.TOOLS,
        offline=True,
    )
