"""Calls: make a session, join it with a device by WebRTC, end it; and the bridge, which is all of it in one request."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from antiphon.dialogue.events import TextTyped
from antiphon.edges.webrtc.ice import announce, configuration
from antiphon.edges.webrtc.peer import WebRtcPeer
from antiphon.errors import NotFoundError
from antiphon.server.problems import PROBLEM_RESPONSES, problem
from antiphon.server.state import ConversationId, Given, Services, SessionId
from antiphon.session.serving import new_item_id
from antiphon.session.session import Session
from antiphon.store.conversations import Conversation
from antiphon.wire import browser

router = APIRouter(prefix="/api/realtime", tags=["realtime"], responses=PROBLEM_RESPONSES)

SDP = "application/sdp"
MAX_SDP = 64_000
Name = Annotated[str, Field(min_length=1, max_length=100)]
Prompt = Annotated[str, Field(max_length=32_000)]


class NewSession(BaseModel):
    """All optional: a new conversation with the default agent. ``voice`` is the agent's own for now."""

    model_config = ConfigDict(extra="forbid")

    conversation_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    agent: Name | None = None
    prompt: Prompt | None = None


class IceServerInfo(BaseModel):
    urls: list[str]
    username: str | None = None
    credential: str | None = None


class SessionInfo(BaseModel):
    """``token`` is the bearer token for this session's other routes. ``ice_servers`` are for the browser."""

    session_id: str
    conversation_id: str
    token: str
    ice_servers: list[IceServerInfo]
    status: Literal["ready"] = "ready"


class Bridge(BaseModel):
    """``offer`` is SDP."""

    model_config = ConfigDict(extra="forbid")

    conversation_id: Annotated[str, Field(min_length=1, max_length=64)]
    offer: Annotated[str, Field(min_length=1, max_length=MAX_SDP)]
    agent_name: Name | None = None


class Bridged(BaseModel):
    session_id: str
    answer: str


class TypedText(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=16_000, pattern=r"\S")]


@router.post("/session", status_code=201)
async def create_session(given: Given, new: NewSession) -> SessionInfo:
    """A live session of a conversation (a new one when none is named), its model connected. A conversation that is live
    already keeps its session: one more device may join it."""
    if new.conversation_id is not None:
        conversation = await given.store.conversations.get(new.conversation_id)
    else:
        conversation = await _create(given, new.agent, new.prompt)
    session = await given.sessions.start(conversation)
    servers = [
        IceServerInfo(urls=list(one.urls), username=one.username, credential=one.credential)
        for one in given.ice_servers
    ]
    return SessionInfo(session_id=session.id, conversation_id=conversation.id, token=session.token, ice_servers=servers)


@router.post(
    "/sdp/{session_id}",
    response_class=Response,
    responses={200: {"content": {SDP: {"schema": {"type": "string"}}}, "description": "The answer"}},
    openapi_extra={"requestBody": {"content": {SDP: {"schema": {"type": "string"}}}, "required": True}},
)
async def join_session(
    given: Given,
    session_id: SessionId,
    request: Request,
    content_type: Annotated[str, Header()] = "",
    authorization: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """One more device: its SDP offer in, the complete answer out."""
    session = given.sessions.get(session_id)
    if (refusal := _unauthorized(session, authorization)) is not None:
        return refusal
    if content_type.partition(";")[0].strip().lower() != SDP:
        return problem(415, "Wrong content type", f"Send the offer as {SDP}, not {content_type[:80] or 'nothing'}.")
    offer = (await request.body()).decode("utf-8", errors="replace")
    if len(offer) > MAX_SDP:
        return problem(413, "Too large", f"An offer has at most {MAX_SDP} characters; this one has {len(offer)}.")
    return Response(await _join(given, session, offer), media_type=SDP)


@router.delete("/session/{session_id}", status_code=204, response_class=Response)
async def end_session(
    given: Given, session_id: SessionId, authorization: Annotated[str | None, Header(max_length=200)] = None
) -> Response:
    """End it for everybody."""
    session = given.sessions.get(session_id)
    if (refusal := _unauthorized(session, authorization)) is not None:
        return refusal
    await given.sessions.end(session, "ended", _ended("The call was ended."))
    return Response(status_code=204)


@router.post("/webrtc/bridge", status_code=201)
async def open_bridge(given: Given, bridge: Bridge) -> Bridged:
    """A session of this conversation with this device in it. One bridge a conversation: an older one closes first, and
    the model is connected before the answer is given."""
    conversation = await given.store.conversations.get(bridge.conversation_id)
    if bridge.agent_name is not None and bridge.agent_name != conversation.agent:
        raise NotFoundError(f"This conversation is with {conversation.agent!r}, not with {bridge.agent_name!r}.")
    old = given.sessions.of(conversation.id)
    if old is not None:
        await given.sessions.end(old, "replaced", _ended("This call was taken over by another device."))
    session = await given.sessions.start(conversation)
    return Bridged(session_id=session.id, answer=await _join(given, session, bridge.offer))


@router.delete("/webrtc/bridge/{conversation_id}", status_code=204)
async def close_bridge(given: Given, conversation_id: ConversationId) -> None:
    await given.sessions.end(_live(given, conversation_id), "ended", _ended("The call was ended."))


@router.post("/webrtc/bridge/{conversation_id}/text", status_code=202)
async def type_into_bridge(given: Given, conversation_id: ConversationId, typed: TypedText) -> None:
    """Typed text, as if a person in the call had typed it."""
    _live(given, conversation_id).post(TextTyped(new_item_id(), "api", typed.text.strip()))


async def _create(given: Services, agent: str | None, prompt: str | None) -> Conversation:
    name = agent or given.default_agent
    if name not in given.sessions.agents:
        raise NotFoundError(f"There is no agent {name!r} here.")
    return await given.store.conversations.create(name, prompt=prompt)


async def _join(given: Services, session: Session, offer: str) -> str:
    peer = WebRtcPeer("Guest", configuration(given.ice_servers))
    try:
        answer = await peer.answer(offer)
        session.join(peer)
    except BaseException:
        await peer.aclose()
        raise
    return announce(answer, given.public_addresses)


def _live(given: Services, conversation_id: str) -> Session:
    session = given.sessions.of(conversation_id)
    if session is None:
        raise NotFoundError(f"The conversation {conversation_id[:60]!r} is not live.")
    return session


def _unauthorized(session: Session, authorization: str | None) -> Response | None:
    if authorization == f"Bearer {session.token}":
        return None
    detail = "Send the session's token: Authorization: Bearer …"
    return problem(401, "Token missing or wrong", detail, {"WWW-Authenticate": "Bearer"})


def _ended(message: str) -> browser.Error:
    return browser.Error(code="session_ended", message=message, fatal=True)
