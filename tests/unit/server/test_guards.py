"""Which requests are let in: by their Host, their Origin and their size."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from antiphon.server.guards import host_name, is_of, is_private
from tests.unit.server.world import Served, in_one_task, is_problem, served

HEALTH = "/api/health"


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "app.localhost", "127.0.0.1:8000", "[::1]:8000", "10.0.0.3", "antiphon:8000",
     "box.local", "LOCALHOST", "93.184.216.34"],
)  # fmt: skip
async def test_addresses_and_names_of_our_own_network_are_us(server: Served, host: str) -> None:
    assert (await server.client.get(HEALTH, headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "[", "", "[::1"]
)
async def test_a_name_that_a_stranger_may_have_pointed_here_is_refused(server: Served, host: str) -> None:
    """DNS rebinding: to the browser the page at evil.example and we are one origin."""
    answer = await server.client.get(HEALTH, headers={"Host": host, "Origin": f"http://{host}"})
    is_problem(answer, 421, "ANTIPHON_ALLOWED_HOSTS")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_our_names_are_told_by_a_setting(tmp_path: Path) -> None:
    async with served(tmp_path, allowed_hosts=["Voice.Example.org"]) as server:
        own = {"Host": "voice.example.org", "Origin": "https://voice.example.org"}
        assert (await server.client.get(HEALTH, headers=own)).status_code == 200
        is_problem(await server.client.get(HEALTH, headers={"Host": "example.org"}), 421, "example.org")


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://localhost.evil.example", "https://127.0.0.1", "http://localhost:3000", "null", "",
     "http://[bad", "file://", "http://localhost@evil.example"],
)  # fmt: skip
async def test_a_foreign_origin_is_refused(server: Served, origin: str) -> None:
    refused = await server.client.post("/api/conversations", json={}, headers={"Origin": origin})
    is_problem(refused, 403, "origin")
    assert "access-control-allow-origin" not in refused.headers
    assert (await server.client.get("/api/conversations")).json()["conversations"] == []


@pytest.mark.parametrize("origin", ["http://localhost", "https://localhost", "HTTP://LOCALHOST"])
async def test_our_own_page_and_clients_without_an_origin_are_let_in(server: Served, origin: str) -> None:
    assert (await server.client.get(HEALTH, headers={"Origin": origin})).status_code == 200
    assert (await server.client.get(HEALTH)).status_code == 200


@pytest.fixture
async def sharing(tmp_path: Path) -> AsyncIterator[Served]:
    async with in_one_task(served(tmp_path, allowed_origins=["https://shop.example"])) as running:
        yield running


async def test_an_allowed_origin_may_use_the_whole_api(sharing: Served) -> None:
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "authorization,content-type,last-event-id",
    }
    preflight = await sharing.client.options("/api/realtime/session/x", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://shop.example"
    assert "DELETE" in preflight.headers["access-control-allow-methods"]

    made = await sharing.client.post("/api/conversations", json={}, headers={"Origin": "https://shop.example"})
    assert made.status_code == 201
    assert made.headers["access-control-allow-origin"] == "https://shop.example"
    problem = await sharing.client.get("/api/nope", headers={"Origin": "https://shop.example"})
    is_problem(problem, 404)
    assert problem.headers["access-control-allow-origin"] == "https://shop.example"


async def test_one_allowed_origin_allows_no_other(sharing: Served) -> None:
    is_problem(await sharing.client.get(HEALTH, headers={"Origin": "https://shop.example.evil"}), 403)


@pytest.mark.parametrize("path", ["/", "/assets/app.js", HEALTH, "/openapi.json", "/api/nope"])
async def test_every_answer_carries_the_security_headers(server: Served, path: str) -> None:
    headers = (await server.client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == ("no-store" if path.startswith("/api/") else "no-cache")


async def test_a_body_too_large_is_refused_unread(server: Served) -> None:
    answer = await server.client.post("/api/conversations", content=b"x" * 1_000_001)
    is_problem(answer, 413, "1000000 bytes")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_body_that_does_not_say_its_length_is_counted(server: Served) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 100_000
            yield b" " * 100_000

    answer = await server.client.post(
        "/api/conversations", content=endless(), headers={"Content-Type": "application/json"}
    )
    is_problem(answer, 413, "1000000 bytes")
    assert sent <= 1_200_000


async def test_a_body_at_the_limit_is_read(server: Served) -> None:
    body = b"{}" + b" " * 999_998
    answer = await server.client.post("/api/conversations", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201


def test_the_name_in_a_host_header() -> None:
    assert host_name("Example.ORG:80") == "example.org"
    assert host_name("[::1]:80") == "::1"
    assert host_name("") is None
    assert host_name("[::1") is None


def test_which_names_no_stranger_can_own() -> None:
    assert all(is_private(name) for name in ("127.0.0.1", "::1", "localhost", "a.localhost", "printer.local", "box"))
    assert not any(is_private(name) for name in ("example.org", "1.2.3.4.nip.io", "notlocal.localhost.example"))


def test_whose_origin_it_is() -> None:
    assert is_of("https://box:8000", "BOX:8000")
    assert not is_of("http://box", "box:8000")
    assert not is_of("null", "")
    assert not is_of("http://box", None)
