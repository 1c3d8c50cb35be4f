"""The OpenAI Realtime protocol (GA) in front of our agents: the WebSocket, client secrets, and the list of models.

Errors have OpenAI's shape here. WebRTC (``/v1/realtime/calls``) is not served.
"""

import logging
import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, WebSocket
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocketDisconnect

from antiphon.clock import LoopClock
from antiphon.errors import ModelError, RefusedError
from antiphon.server.openai.access import SUBPROTOCOL, Secret, asks_for_beta, bearer, protocol_key
from antiphon.server.openai.opening import OpenAiFace
from antiphon.server.openai.served import ServedSession
from antiphon.server.state import Given, Services
from antiphon.wire.openai import errors, frames, ids
from antiphon.wire.openai.errors import CLOSE_INTERNAL, CLOSE_POLICY, Code, WireError
from antiphon.wire.openai.events_server import error_event
from antiphon.wire.openai.session_shape import SessionType

log = logging.getLogger(__name__)

CLOSE_TRY_LATER = 1013


class OpenAiError(BaseModel):
    message: str
    type: str
    param: str | None
    code: str | None


class Refusal(BaseModel):
    """OpenAI's form of an error."""

    error: OpenAiError


router = APIRouter(prefix="/v1", tags=["openai"], responses={"default": {"model": Refusal}})
_key = HTTPBearer(auto_error=False, description="An API key, see ANTIPHON_OPENAI_API_KEYS")
_MODEL_LEFT_OUT = "The name of a model is needed: ?model=…"


class Expiry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    anchor: Literal["created_at"] = "created_at"
    seconds: Annotated[int, Field(ge=10, le=7200)] = 600


class NewSecret(BaseModel):
    """All optional. ``session`` is how the sessions begin that the secret starts, as in ``session.update``."""

    model_config = ConfigDict(extra="forbid")

    expires_after: Expiry | None = None
    session: dict[str, Any] | None = None


class SecretInfo(BaseModel):
    """``value`` stands in for an API key until ``expires_at`` (Unix seconds)."""

    value: str
    expires_at: int
    session: dict[str, Any]


class Model(BaseModel):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "antiphon"


class Models(BaseModel):
    object: Literal["list"] = "list"
    data: list[Model]


@router.get("/models", dependencies=[Depends(_key)])
async def list_models(given: Given, request: Request) -> Models:
    """The agents that can be served here, as models."""
    _check_key(given.openai, request)
    return Models(data=[Model(id=name, created=given.openai.started_at) for name in given.openai.models()])


@router.get("/models/{model}", dependencies=[Depends(_key)])
async def get_model(
    given: Given, request: Request, model: Annotated[str, Path(description="An agent's name")]
) -> Model:
    """One of them."""
    _check_key(given.openai, request)
    if model not in given.openai.models():
        raise WireError(Code.MODEL_NOT_FOUND, f"The model '{model[:100]}' does not exist.", param="model")
    return Model(id=model, created=given.openai.started_at)


@router.post("/realtime/client_secrets", dependencies=[Depends(_key)])
async def create_client_secret(given: Given, request: Request, new: NewSecret) -> SecretInfo:
    """A short-lived secret for a browser. It starts any number of sessions until it expires."""
    _check_key(given.openai, request)
    asked = dict(new.session or {})
    kind = _kind(asked.pop("type", "realtime"))
    model = asked.pop("model", None) if kind == "realtime" else None
    if model is not None and not isinstance(model, str):
        raise WireError(
            Code.INVALID_TYPE, "Invalid type for 'session.model': expected a string.", param="session.model"
        )
    session = given.openai.session(model or given.openai.default_agent, kind, asked, started=False)
    kept = {"type": kind, **asked, **({} if model is None else {"model": model})}
    seconds = (new.expires_after or Expiry()).seconds
    secret = given.openai.access.new_secret(kept, seconds, time.time())
    return SecretInfo(value=secret.value, expires_at=secret.expires_at, session=session.wire())


@router.websocket("/realtime")
async def realtime(websocket: WebSocket) -> None:
    """One session: ``?model=`` an agent's name (any other is the default agent), or ``?intent=transcription``."""
    offered = websocket.scope.get("subprotocols", [])
    await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
    socket = _Socket(websocket)
    given: Services = websocket.app.state.services
    try:
        await _serve(given, websocket, socket, offered)
    except WireError as error:
        row = error.row
        await socket.refuse(error, row.close or CLOSE_POLICY, f"{row.type}.{error.code}")
    except (RefusedError, ModelError) as error:
        await socket.refuse(WireError(Code.SERVER_ERROR, str(error)), CLOSE_TRY_LATER, "try again later")
    except Exception:
        # The boundary of one connection: what goes wrong in it must not reach the others.
        log.exception("a served session failed")
        fault = WireError(Code.SERVER_ERROR, "The server failed to go on with this session; its log says more.")
        await socket.refuse(fault, CLOSE_INTERNAL, "internal error")


async def _serve(given: Services, websocket: WebSocket, socket: "_Socket", offered: list[str]) -> None:
    if asks_for_beta(websocket.headers, offered):
        raise errors.beta_shape()
    key = bearer(websocket.headers) or protocol_key(offered)
    face = given.openai
    secret = face.access.check(key, _local_address(websocket), time.time())
    if "call_id" in websocket.query_params:
        raise WireError(Code.CALL_NOT_FOUND, "No such call: WebRTC calls are not served here.", param="call_id")
    kind, model, asked = _wanted(face, websocket, secret)
    session = face.session(model, kind, asked, started=True)
    served: ServedSession | None = None

    def end() -> None:
        if served is not None:
            served.end()

    with given.sessions.guest(end):
        served = face.open(session, face.agent(model), LoopClock())
        await served.run(socket)


def _wanted(face: OpenAiFace, websocket: WebSocket, secret: Secret | None) -> tuple[SessionType, str, dict[str, Any]]:
    """What kind of session, whose, and how it begins."""
    asked = dict(secret.session) if secret is not None else {}
    bound = asked.pop("model", None)
    kind = _kind(asked.pop("type", websocket.query_params.get("intent", "realtime")))
    model = bound or websocket.query_params.get("model") or (None if kind == "realtime" else face.default_agent)
    if model is None and secret is not None:
        model = face.default_agent
    if not model:
        raise WireError(Code.MISSING_REQUIRED_PARAMETER, _MODEL_LEFT_OUT, param="model")
    return kind, model, asked


def _kind(asked: object) -> SessionType:
    if asked == "realtime":
        return "realtime"
    if asked == "transcription":
        return "transcription"
    raise errors.invalid("session.type", "supported values are 'realtime' and 'transcription'.")


def _check_key(face: OpenAiFace, request: Request) -> None:
    face.access.check_key(bearer(request.headers), _local_address(request))


def _local_address(connection: HTTPConnection) -> str | None:
    server = connection.scope.get("server")
    return None if server is None else server[0]


class _Socket:
    """A Starlette WebSocket as a served session wants it."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def receive(self) -> str | bytes | None:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        text: str | None = message.get("text")
        data: bytes = message.get("bytes") or b""
        return data if text is None else text

    async def send(self, frame: str) -> None:
        try:
            await self._websocket.send_text(frame)
        except (WebSocketDisconnect, RuntimeError):
            log.debug("the client went while it was told something")

    async def close(self, code: int, reason: str) -> None:
        try:
            await self._websocket.close(code, reason)
        except (WebSocketDisconnect, RuntimeError):
            log.debug("the client closed first")

    async def refuse(self, error: WireError, code: int, reason: str) -> None:
        """Say what is wrong, then close."""
        await self.send(frames.frame_of(frames.stamped(error_event(error), ids.random_id)))
        await self.close(code, reason)
