"""The app put together: the page, the document of the API, what cannot be served."""

from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from antiphon.agent import Agent
from antiphon.errors import ConfigurationError, StoreError
from antiphon.server.app import create_app
from antiphon.settings import Settings
from tests.unit.server.world import PROBLEM, Served, agent, is_problem, served, web_app


async def test_the_page_and_its_files_are_served(server: Served) -> None:
    page = await server.client.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Antiphon" in page.text
    script = await server.client.get("/assets/app.js")
    assert (script.status_code, script.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    again = await server.client.get("/assets/app.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304
    assert (await server.client.head("/")).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/nope.js", "/../antiphon.db", "/%2e%2e/antiphon.db", "/assets/%2e%2e/%2e%2e/antiphon.db", "/%00", "/assets%5c..",
     "//etc/passwd", "/docs", "/redoc", "/" + "a" * 5000],
)  # fmt: skip
async def test_nothing_else_is_served(server: Served, path: str) -> None:
    is_problem(await server.client.get(path), 404)


async def test_the_document_has_every_route_and_its_problems(server: Served) -> None:
    document = (await server.client.get("/openapi.json")).json()
    assert document["info"]["title"] == "Antiphon"
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert set(operations) == ROUTES
    for name, operation in operations.items():
        told_as = "application/json" if " /v1/" in name else PROBLEM  # clients of OpenAI expect its form
        assert set(operation["responses"]["default"]["content"]) == {told_as}, name
        assert "422" not in operation["responses"], "FastAPI's own error document is not what we answer"
        assert operation["description"], name
    assert "HTTPValidationError" not in document["components"]["schemas"]


ROUTES = {
    "GET /v1/models",
    "GET /v1/models/{model}",
    "POST /v1/realtime/client_secrets",
    "GET /api/health",
    "GET /api/ready",
    "GET /api/agents",
    "POST /api/conversations",
    "GET /api/conversations",
    "GET /api/conversations/{conversation_id}",
    "PATCH /api/conversations/{conversation_id}",
    "DELETE /api/conversations/{conversation_id}",
    "GET /api/conversations/{conversation_id}/events",
    "POST /api/realtime/session",
    "DELETE /api/realtime/session/{session_id}",
    "POST /api/realtime/sdp/{session_id}",
    "POST /api/realtime/webrtc/bridge",
    "DELETE /api/realtime/webrtc/bridge/{conversation_id}",
    "POST /api/realtime/webrtc/bridge/{conversation_id}/text",
}


def test_no_route_blocks_the_loop_or_hides(tmp_path: Path) -> None:
    """A plain function would be run in the threads that decode speech."""
    app = create_app([agent()], Settings(static_dir=web_app(tmp_path)))
    assert not [one.path for one in app.routes if isinstance(one, APIRoute) and not one.include_in_schema]


@pytest.mark.parametrize("agents", [[], [agent("Ada"), agent("Ada")]])
def test_no_agent_and_two_of_one_name_are_refused(agents: list[Agent], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no two of one name"):
        create_app(agents, Settings(static_dir=web_app(tmp_path)))


def test_a_web_app_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ANTIPHON_STATIC_DIR"):
        create_app([agent()], Settings(static_dir=tmp_path / "nowhere"))


async def test_a_database_that_cannot_be_opened_stops_the_start(tmp_path: Path) -> None:
    web_app(tmp_path)
    (tmp_path / "antiphon.db").write_text("This is not a database, but it is long enough to be looked at.\n" * 40)
    with pytest.raises(StoreError, match="not a database"):
        async with served(tmp_path):
            pytest.fail("it must not start")
