"""Every error of ours as one status and one document; what is not ours tells nothing."""

import logging

import pytest

from antiphon import errors
from antiphon.server.problems import MAX_DETAIL
from tests.unit.server.world import Served, is_problem

STATUS: dict[type[errors.AntiphonError], int] = {
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.ProtocolError: 422,
    errors.RefusedError: 503,
    errors.ModelError: 502,
    errors.ModelRefused: 502,
    errors.ModelUnavailable: 503,
    errors.StoreError: 503,
}


@pytest.mark.parametrize("kind", STATUS)
async def test_an_error_of_ours_is_told_as_a_sentence(server: Served, kind: type[errors.AntiphonError]) -> None:
    async def fail() -> None:
        raise kind("the cat sat on it")

    server.app.add_api_route("/api/fail", fail)
    answer = await server.client.get("/api/fail")
    is_problem(answer, STATUS[kind], "The cat sat on it.")
    assert ("retry-after" in answer.headers) == (kind is errors.RefusedError)


async def test_an_error_that_is_not_ours_goes_to_the_log_and_to_nobody_else(
    server: Served, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        raise RuntimeError("password=hunter2")

    server.app.add_api_route("/api/fail", fail)
    answer = await server.client.get("/api/fail")
    is_problem(answer, 500, "log")
    assert "hunter2" not in answer.text
    (record,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert "hunter2" in str(record.exc_info[1])


@pytest.mark.parametrize(
    ("method", "path", "status", "word"),
    [
        ("GET", "/api/nope", 404, "/api/nope"),
        ("POST", "/api/nope", 404, "/api/nope"),
        ("GET", "/api/conversations/", 404, "/api/conversations/"),
        ("PUT", "/api/conversations", 405, "PUT"),
        ("DELETE", "/api/health", 405, "DELETE"),
        ("POST", "/", 405, "POST"),
        ("GET", "/api/realtime/session", 405, "GET"),
    ],
)
async def test_what_is_not_there_is_named(server: Served, method: str, path: str, status: int, word: str) -> None:
    answer = await server.client.request(method, path)
    is_problem(answer, status, word)


async def test_a_method_that_is_not_possible_is_told_which_are(server: Served) -> None:
    async def allowed(path: str) -> str:
        return (await server.client.put(path)).headers["allow"]

    assert await allowed("/api/health") == "GET"
    assert await allowed("/api/conversations") == "GET, POST"
    assert await allowed("/api/conversations/x") == "GET, PATCH, DELETE"
    assert await allowed("/") == "GET, HEAD"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "word"),
    [
        (b"{bad", "application/json", 422, "not JSON"),
        (b"", "application/json", 422, "body"),
        (b"[]", "application/json", 422, "body"),
        (b'"text"', "application/json", 422, "body"),
        (b"null", "application/json", 422, "body"),
        (b"\xff\xfe", "application/json", 422, "not JSON"),
        (b'{"title": "\xff"}', "application/json", 400, "body"),
        (b"[" * 100_000, "application/json", 400, "body"),
        (b'{"title": 5}', "application/json", 422, "title"),
        (b'{"title": ""}', "application/json", 422, "title"),
        (b'{"title": " \\n "}', "application/json", 422, "title"),
        (b'{"title": "a\\u0000b"}', "application/json", 422, "title"),
        (b'{"title": "\\ud800"}', "application/json", 422, "title"),
        (b'{"prompt": "a\\u0000b"}', "application/json", 422, "prompt"),
        (b'{"colour": "red"}', "application/json", 422, "colour"),
        (b'{"\\ud800": 1}', "application/json", 422, "body"),
        (b'{"agent": "nobody"}', "application/json", 404, "nobody"),
        (b'{"agent": "\\u0000"}', "application/json", 404, "agent"),
        (b"{}", "text/plain", 415, "text/plain"),
        (b"{}", "", 415, "application/json"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "x-www-form-urlencoded"),
    ],
)
async def test_a_broken_body_is_told_what_is_wrong(
    server: Served, body: bytes, content_type: str, status: int, word: str
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await server.client.post("/api/conversations", content=body, headers=headers)
    is_problem(answer, status, word)
    assert (await server.client.get("/api/conversations")).json()["conversations"] == []


async def test_a_fault_told_in_a_stranger_s_words_stays_short(server: Served) -> None:
    answer = await server.client.post("/api/conversations", json={"x" * 100_000: 1})
    is_problem(answer, 422)
    assert len(answer.json()["detail"]) <= MAX_DETAIL
    answer = await server.client.get("/" + "a" * 60_000)
    is_problem(answer, 404)
    assert len(answer.json()["detail"]) <= MAX_DETAIL
