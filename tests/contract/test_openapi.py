"""What the OpenAPI document promises is what is answered: schemathesis sends what the document allows, and what it does
not, to every route. The same examples each time."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.core.transport import Response
from schemathesis.python.asgi import ASGIClient, get_client, shutdown_lifespans
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from antiphon.server.app import create_app
from antiphon.settings import Settings
from tests.unit.server.world import PROBLEM, Device, agent, web_app

REPEATABLE = settings(
    max_examples=25,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
CONFORMANCE = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@st.composite
def offers(draw: st.DrawFn) -> bytes:
    """A browser's offer, whole or damaged, or something else altogether."""
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return draw(st.binary(max_size=300))
    lines = OFFER.split("\r\n")
    for _ in range(kind - 1):
        at = draw(st.integers(0, len(lines) - 1))
        lines[at] = draw(st.sampled_from(["", lines[at][:-1], draw(st.text(max_size=20)), lines[0]]))
    return "\r\n".join(lines).encode(errors="replace")


async def _offer() -> str:
    async with Device() as device:
        return device.offer


def _document() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return create_app([agent()], Settings(static_dir=web_app(Path(folder)))).openapi()


OFFER = asyncio.run(_offer())
DOCUMENT = schemathesis.openapi.from_dict(_document())
schemathesis.openapi.media_type("application/sdp", offers())


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ASGIClient]:
    folder: Path = tmp_path_factory.mktemp("contract")
    given = Settings(database_url=f"sqlite:///{folder / 'antiphon.db'}", static_dir=web_app(folder), arrival_s=1)
    with get_client(create_app([agent()], given)) as running:
        yield running
    shutdown_lifespans()


@DOCUMENT.parametrize()
@REPEATABLE
def test_what_is_sent_to_nobody_in_particular(case: schemathesis.Case, client: ASGIClient) -> None:
    """Ids are made up, so most of it ends at the first check; all that may be wrong with a request is tried."""
    # No schema can say which cursors were given out.
    excluded = [positive_data_acceptance] if case.operation.label == "GET /api/conversations" else []
    response = case.call_and_validate(base_url=client.base_url, session=client, excluded_checks=excluded)
    _never_fails(response)
    _end(client, response)


@DOCUMENT.exclude(path_regex="/events$|^/v1/").parametrize()
@REPEATABLE
def test_what_is_sent_to_a_call_that_is_there(case: schemathesis.Case, client: ASGIClient) -> None:
    """The same with ids and a token that are real, so that it gets as far as it can."""
    live = client.post("/api/realtime/session", json={}).json()
    for name in case.path_parameters:
        case.path_parameters[name] = live[name]
    if isinstance(case.body, dict) and "conversation_id" in case.body:
        case.body["conversation_id"] = live["conversation_id"]
    token = {"Authorization": f"Bearer {live['token']}"}
    response = case.call(base_url=client.base_url, session=client, headers=token)
    case.validate_response(response, checks=CONFORMANCE)
    _never_fails(response)
    client.delete(f"/api/realtime/webrtc/bridge/{live['conversation_id']}")
    _end(client, response)
    assert client.get("/api/ready").json() == {"status": "ready", "sessions": 0}


def test_every_route_is_tried() -> None:
    assert len(list(DOCUMENT.get_all_operations())) == 18


def _never_fails(response: Response) -> None:
    """A failure of ours is 500. 503 says honestly that all places are taken, and when to come back."""
    assert response.status_code < 500 or response.status_code == 503, response.text
    if response.status_code >= 400:
        if "error" in response.json():  # on /v1, in OpenAI's form
            assert response.headers["content-type"] == ["application/json"]
            assert response.json()["error"]["message"]
            return
        assert response.headers["content-type"] == [PROBLEM]
        assert response.json()["status"] == response.status_code
    if response.status_code == 503:
        assert response.headers["retry-after"]


def _end(client: ASGIClient, response: Response) -> None:
    """The session that a request has made, if it has."""
    if response.status_code != 201:
        return
    made: dict[str, Any] = response.json()
    if "token" in made:
        client.delete(
            f"/api/realtime/session/{made['session_id']}", headers={"Authorization": f"Bearer {made['token']}"}
        )
