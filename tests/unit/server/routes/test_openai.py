"""What ``/v1`` answers over HTTP. The WebSocket is in ``tests/conformance``, with clients that others wrote."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from antiphon.agent import Agent, User
from antiphon.models.scripted import Reply, Script, ScriptedLLM
from tests.unit.server.world import GuardedModel, Served, agent, served

KEY = {"Authorization": "Bearer any"}


def error(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The error, which has OpenAI's form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()["error"]
    assert set(found) == {"message", "type", "param", "code"}
    assert found["message"]
    return found


async def test_agents_as_models(tmp_path: Path) -> None:
    reader = Agent(agent_user=User("A reader/writer"), llm=ScriptedLLM(Script([Reply("Yes.")])))
    async with served(tmp_path, agent("One"), reader, agent("Itself a model", GuardedModel())) as server:
        listed = (await server.client.get("/v1/models", headers=KEY)).json()
        assert [model["id"] for model in listed["data"]] == ["One", "A reader/writer"]
        one = (await server.client.get("/v1/models/One", headers=KEY)).json()
        assert one == listed["data"][0]
        missing = error(await server.client.get("/v1/models/Itself a model", headers=KEY), 404)
        assert missing["code"] == "model_not_found"
        secret = {"session": {"type": "realtime", "model": "Itself a model"}}
        refused = error(await server.client.post("/v1/realtime/client_secrets", json=secret, headers=KEY), 404)
        assert refused["code"] == "model_not_found"


async def test_a_secret_for_an_agent_that_only_reads_and_writes(tmp_path: Path) -> None:
    reader = Agent(agent_user=User("Reader"), llm=ScriptedLLM(Script([Reply("Yes.")])), instructions="Read.")
    async with served(tmp_path, reader) as server:
        made = (await server.client.post("/v1/realtime/client_secrets", json={}, headers=KEY)).json()
    assert made["value"].startswith("ek_")
    assert made["session"]["output_modalities"] == ["text"]
    assert made["session"]["audio"]["input"]["turn_detection"] is None
    assert made["session"]["instructions"] == "Read."


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"session": {"type": "translation"}}, 400, "invalid_value"),
        ({"session": {"type": "realtime", "model": 5}}, 400, "invalid_type"),
        ({"session": {"type": "realtime", "voice": "ash"}}, 400, "unknown_parameter"),
        ({"session": {"tool_choice": "required"}}, 400, "invalid_value"),
        ({"session": {"type": "transcription", "instructions": "x"}}, 400, "unknown_parameter"),
        ({"expires_after": {"seconds": 9}}, 422, None),
        ({"colour": 1}, 422, None),
    ],
)
async def test_a_secret_that_makes_no_sense(
    server: Served, body: dict[str, Any], status: int, code: str | None
) -> None:
    answer = await server.client.post("/v1/realtime/client_secrets", json=body, headers=KEY)
    assert error(answer, status)["code"] == code


async def test_every_refusal_has_the_form_of_openai(server: Served) -> None:
    client = server.client
    assert error(await client.get("/v1/models"), 401)["code"] == "invalid_api_key"
    error(await client.post("/v1/realtime/calls", headers=KEY), 404)
    error(await client.delete("/v1/models", headers=KEY), 405)
    error(await client.get("/v1/models", headers={**KEY, "Origin": "https://elsewhere.example"}), 403)
    error(await client.get("/v1/models", headers={**KEY, "Host": "elsewhere.example"}), 421)
    error(await client.post("/v1/realtime/client_secrets", content=b"x" * 1_100_000, headers=KEY), 413)
    error(
        await client.post("/v1/realtime/client_secrets", content=b"{", headers={**KEY, "Content-Type": "text/plain"}),
        415,
    )
