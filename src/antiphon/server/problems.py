"""Errors as problem documents (RFC 9457). Owns which error is which status; never shows a stack trace."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from antiphon import errors
from antiphon.wire.openai.errors import WireError

log = logging.getLogger(__name__)

MAX_DETAIL = 500
"""Characters of a request's own words that an answer repeats at most."""

_STATUS: tuple[tuple[type[errors.AntiphonError], int], ...] = (
    (errors.NotFoundError, 404),
    (errors.ConflictError, 409),
    (errors.ProtocolError, 422),
    (errors.RefusedError, 503),
    (errors.ModelUnavailable, 503),
    (errors.ModelError, 502),
    (errors.StoreError, 503),
)


class Problem(BaseModel):
    """RFC 9457: ``title`` is the status in words, ``detail`` says in one sentence what was wrong this time."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


_DOCUMENT = {"application/problem+json": {"schema": Problem.model_json_schema()}}
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"description": "A problem document (RFC 9457)", "content": _DOCUMENT}
}


def is_openai(path: str) -> bool:
    """Whether what is wrong there is told as clients of OpenAI expect it, not as a problem document."""
    return path.startswith("/v1/")


def problem(status: int, detail: str, headers: dict[str, str] | None = None, *, openai: bool = False) -> JSONResponse:
    # A fault may be told in words of the request, and those may be anything: long, or no text at all.
    shown = detail if len(detail) <= MAX_DETAIL else detail[: MAX_DETAIL - 1] + "…"
    text = shown.encode(errors="replace").decode()
    if openai:
        kind = "server_error" if status >= 500 else "invalid_request_error"
        body = {"error": {"message": text, "type": kind, "param": None, "code": None}}
        return JSONResponse(body, status, headers)
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=text).model_dump()
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Answer every error as a problem document."""
    app.add_exception_handler(errors.AntiphonError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)


def _answer(request: Request, status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return problem(status, detail, headers, openai=is_openai(request.url.path))


def _sentence(text: str) -> str:
    """Errors are worded so that they fit behind a name and a colon; alone they are a sentence."""
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "!", "?", "…")) else f"{whole}."


async def _ours(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, WireError):
        return JSONResponse(error.http_body(), error.row.status)
    for kind, status in _STATUS:
        if isinstance(error, kind):
            headers = {"Retry-After": str(error.retry_after)} if isinstance(error, errors.RefusedError) else None
            return _answer(request, status, _sentence(str(error)), headers)
    return await _unknown(request, error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        return await _unknown(request, error)
    if isinstance(error.body, bytes):  # FastAPI parses a body only when it is called JSON
        sent = request.headers.get("content-type", "nothing")
        return _answer(request, 415, f"Send the body as application/json, not {sent[:80]}.")
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return _answer(request, 422, f"The body is not JSON: {first['ctx']['error']} at character {first['loc'][-1]}.")
    where = ".".join(str(part) for part in first["loc"])
    return _answer(request, 422, f"{where[:200]}: {first['msg']}.")


async def _http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        return await _unknown(request, error)
    detail = str(error.detail)
    if error.status_code == 404:
        detail = f"There is nothing at {request.url.path}."
    elif error.status_code == 405:
        methods = ", ".join(_possible(request))
        detail = f"{request.method} is not possible at {request.url.path}: {methods}."
        return _answer(request, 405, detail, {"Allow": methods})
    return _answer(request, error.status_code, detail, dict(error.headers) if error.headers else None)


def _possible(request: Request) -> list[str]:
    """All methods of this path (RFC 9110 section 10.2.1): each route knows only its own."""
    routes: list[BaseRoute] = request.app.router.routes
    return [
        method
        for method in ("GET", "POST", "PATCH", "DELETE")
        if any(route.matches({**request.scope, "method": method})[0] == Match.FULL for route in routes)
    ] or ["GET", "HEAD"]


async def _unknown(request: Request, error: Exception) -> JSONResponse:
    log.error("request failed", exc_info=error, extra={"path": request.url.path})
    return _answer(request, 500, "The server failed to handle this request; its log says more.")
