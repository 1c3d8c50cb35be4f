"""Alive, and ready for a call: not the same."""

from pathlib import Path

from tests.unit.server.world import Served, is_problem, served


async def test_health_says_that_the_process_answers(server: Served) -> None:
    assert (await server.client.get("/api/health")).json() == {"status": "ok"}


async def test_ready_says_how_many_sessions_are_live(server: Served) -> None:
    assert (await server.client.get("/api/ready")).json() == {"status": "ready", "sessions": 0}
    await server.session()
    assert (await server.client.get("/api/ready")).json() == {"status": "ready", "sessions": 1}


async def test_a_full_server_is_alive_and_not_ready(tmp_path: Path) -> None:
    async with served(tmp_path, max_sessions=1) as server:
        only = await server.session()
        full = await server.client.get("/api/ready")
        is_problem(full, 503, "taken")
        assert int(full.headers["retry-after"]) > 0
        assert (await server.client.get("/api/health")).status_code == 200

        refused = await server.client.post("/api/realtime/session", json={})
        is_problem(refused, 503, "All 1 places")
        assert int(refused.headers["retry-after"]) > 0

        assert (await server.client.delete(only.path, headers=only.token)).status_code == 204
        assert (await server.client.get("/api/ready")).status_code == 200


async def test_a_server_that_stops_is_alive_and_not_ready(server: Served) -> None:
    live = await server.session()
    await server.services.sessions.drain()
    stopping = await server.client.get("/api/ready")
    is_problem(stopping, 503, "stopping")
    assert int(stopping.headers["retry-after"]) > 0
    assert (await server.client.get("/api/health")).status_code == 200
    is_problem(await server.client.post("/api/realtime/session", json={}), 503, "stopping")
    is_problem(await server.client.delete(live.path, headers=live.token), 404, live.id)
    assert (await server.client.get("/api/conversations")).status_code == 200
