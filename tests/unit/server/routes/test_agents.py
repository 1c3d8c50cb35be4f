"""The agents served, the default one first."""

from pathlib import Path

from antiphon.agent import Agent, User
from antiphon.models.scripted import ScriptedLLM
from tests.unit.server.world import Served, agent, is_problem, scripted_model, served


async def test_an_agent_is_shown_with_what_it_can_do(server: Served) -> None:
    assert (await server.client.get("/api/agents")).json() == {
        "agents": [
            {
                "name": "Scripted",
                "description": "Says yes.",
                "voice": None,
                "capabilities": {"hears": True, "sees": False, "speaks": True},
                "offline": False,
                "hints": ["hello"],
            }
        ]
    }


async def test_the_first_agent_is_the_default_one(tmp_path: Path) -> None:
    writer = Agent(agent_user=User("Writer"), llm=ScriptedLLM(scripted_model().script), offline=True, voice="none")
    async with served(tmp_path, writer, agent("Ada")) as server:
        found = (await server.client.get("/api/agents")).json()["agents"]
        assert [one["name"] for one in found] == ["Writer", "Ada"]
        assert found[0]["capabilities"] == {"hears": False, "sees": False, "speaks": False}
        assert (found[0]["offline"], found[0]["voice"]) == (True, "none")

        default = await server.client.post("/api/conversations", json={})
        assert default.json()["agent"] == "Writer"
        named = await server.client.post("/api/conversations", json={"agent": "Ada"})
        assert named.json()["agent"] == "Ada"
        is_problem(await server.client.post("/api/realtime/session", json={"agent": "Eve"}), 404, "Eve")
