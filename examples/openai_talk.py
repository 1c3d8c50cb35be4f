"""Talk to OpenAI Realtime through your own server, with a tool that runs on it.

    OPENAI_API_KEY=sk-... antiphon serve examples/openai_talk.py:agent

Then open the printed address. The browser never sees the key.
"""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from antiphon import Agent, User, tool
from antiphon.errors import ToolError
from antiphon.providers import openai


@tool
def time_in(zone: str) -> str:
    """The time of day somewhere.

    Args:
        zone: An IANA time zone, such as Europe/Paris.
    """
    try:
        return datetime.now(ZoneInfo(zone)).strftime("%H:%M on %A")
    except (ZoneInfoNotFoundError, ValueError):
        raise ToolError(f"There is no time zone {zone!r}.") from None


agent = Agent(
    llm=openai.Realtime(voice="marin"),
    agent_user=User("Marin"),
    instructions="Be brief and friendly. Ask the tool for the time; never guess it.",
    greeting="Hello! What would you like to know?",
    tools=[time_in],
    hints=("What time is it in Tokyo?",),
)
