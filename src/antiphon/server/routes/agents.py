"""The agents served here."""

from fastapi import APIRouter
from pydantic import BaseModel

from antiphon.server.problems import PROBLEM_RESPONSES
from antiphon.server.state import Given

router = APIRouter(prefix="/api/agents", tags=["agents"], responses=PROBLEM_RESPONSES)


class AgentCapabilities(BaseModel):
    hears: bool
    sees: bool
    speaks: bool


class AgentInfo(BaseModel):
    """``hints``: phrases to try. ``offline``: nothing leaves this machine."""

    name: str
    description: str
    voice: str | None
    capabilities: AgentCapabilities
    offline: bool
    hints: list[str]


class AgentList(BaseModel):
    agents: list[AgentInfo]


@router.get("")
async def list_agents(given: Given) -> AgentList:
    """Every agent, the default one first."""
    found = []
    for agent in given.sessions.agents.values():
        able = given.sessions.capabilities(agent.name)
        found.append(
            AgentInfo(
                name=agent.name,
                description=agent.description,
                voice=agent.voice,
                capabilities=AgentCapabilities(hears=able.hears, sees=able.sees, speaks=able.speaks),
                offline=agent.offline,
                hints=list(agent.hints),
            )
        )
    found.sort(key=lambda one: one.name != given.default_agent)
    return AgentList(agents=found)
