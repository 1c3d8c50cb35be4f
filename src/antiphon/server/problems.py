"""Errors as problem documents (RFC 9457). Owns which error is which status; never shows a stack trace."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from antiphon import errors

log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[errors.AntiphonError], int, str], ...] = (
    (errors.NotFoundError, 404, "Not found"),
    (errors.ConflictError, 409, "Conflict"),
    (errors.ProtocolError, 422, "Not understood"),
    (errors.RefusedError, 503, "Not now"),
    (errors.ModelRefused, 502, "The model refused"),
    (errors.ModelUnavailable, 503, "The model is not available"),
    (errors.ModelError, 502, "The model failed"),
    (errors.StoreError, 503, "The database is not available"),
)


class Problem(BaseModel):
    """RFC 9457: ``title`` names the kind of problem, ``detail`` says in one sentence what was wrong this time."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


_DOCUMENT = {"application/problem+json": {"schema": Problem.model_json_schema()}}
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"description": "A problem document (RFC 9457)", "content": _DOCUMENT}
}


def problem(status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    body = Problem(title=title, status=status, detail=detail).model_dump()
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Answer every error as a problem document."""
    app.add_exception_handler(errors.AntiphonError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)


async def _ours(request: Request, error: Exception) -> JSONResponse:
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            headers = {"Retry-After": str(error.retry_after)} if isinstance(error, errors.RefusedError) else None
            return problem(status, title, str(error), headers)
    return await _unknown(request, error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        return await _unknown(request, error)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return problem(422, "Not understood", f"{where}: {first['msg']}.")


async def _http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        return await _unknown(request, error)
    headers = dict(error.headers) if error.headers else None
    return problem(error.status_code, "Request refused", str(error.detail), headers)


async def _unknown(request: Request, error: Exception) -> JSONResponse:
    log.error("request failed", exc_info=error, extra={"path": request.url.path})
    return problem(500, "Something went wrong", "The server failed to handle this request; its log says more.")
