"""Calls: make a session, join it with a device by WebRTC, end it; and the bridge, which is all of it in one request."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Literal

import anyio
from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from antiphon.dialogue.events import TextTyped
from antiphon.edges.webrtc.ice import announce, configuration
from antiphon.edges.webrtc.peer import WebRtcPeer
from antiphon.errors import AntiphonError, NotFoundError, ProtocolError
from antiphon.server.problems import PROBLEM_RESPONSES, problem
from antiphon.server.state import SOME_TEXT, AgentName, ConversationId, Given, Prompt, Services, SessionId
from antiphon.session.serving import new_item_id
from antiphon.session.session import Session
from antiphon.session.sessions import Wishes
from antiphon.store.conversations import Conversation
from antiphon.wire import browser

router = APIRouter(prefix="/api/realtime", tags=["realtime"], responses=PROBLEM_RESPONSES)

SDP = "application/sdp"
MAX_SDP = 64_000

_bearer = HTTPBearer(auto_error=False, description="The session's token")
VoiceName = Annotated[str, Field(min_length=1, max_length=100, pattern=SOME_TEXT)]
Token = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


class NewSession(BaseModel):
    """All optional: a new conversation with the default agent. ``prompt`` belongs to a new conversation for good, and
    to this call alone when the conversation is there already; ``voice`` is this call's, instead of the agent's."""

    model_config = ConfigDict(extra="forbid")

    conversation_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    agent: AgentName | None = None
    prompt: Prompt | None = None
    voice: VoiceName | None = None


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
    """``offer`` is SDP. ``voice`` and ``system_prompt`` are for this call alone."""

    model_config = ConfigDict(extra="forbid")

    conversation_id: Annotated[str, Field(min_length=1, max_length=64)]
    offer: Annotated[str, Field(min_length=1, max_length=MAX_SDP)]
    agent_name: AgentName | None = None
    voice: VoiceName | None = None
    system_prompt: Prompt | None = None


class Bridged(BaseModel):
    session_id: str
    answer: str


class TypedText(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=16_000, pattern=SOME_TEXT)]


@router.post("/session", status_code=201)
async def create_session(given: Given, new: NewSession) -> SessionInfo:
    """A live session of a conversation (a new one when none is named), its model connected. A conversation that is live
    already keeps its session: one more device may join it."""
    if new.conversation_id is not None:
        conversation = await _known(given, new.conversation_id, new.agent)
        session = await given.sessions.start(conversation, Wishes(new.voice, new.prompt))
    else:
        conversation = await _create(given, new.agent, new.prompt)
        session = await _start_new(given, conversation, Wishes(new.voice))
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
    token: Token,
) -> Response:
    """One more device: its SDP offer in, the complete answer out."""
    session = given.sessions.get(session_id)
    if (refusal := _unauthorized(session, token)) is not None:
        return refusal
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != SDP:
        return problem(415, f"Send the offer as {SDP}, not {content_type[:80] or 'nothing'}.")
    body = await request.body()
    if len(body) > MAX_SDP:
        return problem(413, f"An offer has at most {MAX_SDP} bytes; this one has {len(body)}.")
    try:
        offer = body.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError(f"The offer is not UTF-8 text: {error.reason} at byte {error.start}.") from error
    peer = _peer(given)
    async with _closed_on_failure(peer):
        answer = await peer.answer(offer)
        session.join(peer)
    return Response(announce(answer, given.public_addresses), media_type=SDP)


@router.delete("/session/{session_id}", status_code=204, response_class=Response)
async def end_session(given: Given, session_id: SessionId, token: Token) -> Response:
    """End it for everybody."""
    session = given.sessions.get(session_id)
    if (refusal := _unauthorized(session, token)) is not None:
        return refusal
    await given.sessions.end(session, "ended", _ended("The call was ended."))
    return Response(status_code=204)


@router.post("/webrtc/bridge", status_code=201)
async def open_bridge(given: Given, bridge: Bridge) -> Bridged:
    """A session of this conversation with this device in it. One bridge a conversation: an older one closes first, and
    the model is connected before the answer is given. An offer that is no use closes nothing."""
    conversation = await _known(given, bridge.conversation_id, bridge.agent_name)
    peer = _peer(given)
    taking_over = given.bridging.setdefault(conversation.id, anyio.Lock())
    async with _closed_on_failure(peer), taking_over:
        answer = await peer.answer(bridge.offer)
        old = given.sessions.of(conversation.id)
        if old is not None:
            await given.sessions.end(old, "replaced", _ended("This call was taken over by another device."))
        session = await given.sessions.start(conversation, Wishes(bridge.voice, bridge.system_prompt))
        session.join(peer)
    return Bridged(session_id=session.id, answer=announce(answer, given.public_addresses))


@router.delete("/webrtc/bridge/{conversation_id}", status_code=204)
async def close_bridge(given: Given, conversation_id: ConversationId) -> None:
    """End the live session of this conversation for everybody."""
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


async def _start_new(given: Services, conversation: Conversation, wishes: Wishes) -> Session:
    """No call, no conversation: one that was made for a session which did not start is taken back."""
    try:
        return await given.sessions.start(conversation, wishes)
    except AntiphonError:
        await given.store.conversations.delete(conversation.id)
        raise


async def _known(given: Services, conversation_id: str, agent: str | None) -> Conversation:
    conversation = await given.store.conversations.get(conversation_id)
    if agent is not None and agent != conversation.agent:
        raise NotFoundError(f"This conversation is with {conversation.agent!r}, not with {agent!r}.")
    return conversation


def _peer(given: Services) -> WebRtcPeer:
    return WebRtcPeer("Guest", configuration(given.ice_servers))


@asynccontextmanager
async def _closed_on_failure(peer: WebRtcPeer) -> AsyncIterator[None]:
    """Whoever joined a session is closed by it; whoever did not get so far is closed here."""
    async with AsyncExitStack() as stack:
        stack.push_async_callback(peer.aclose)
        yield
        stack.pop_all()


def _live(given: Services, conversation_id: str) -> Session:
    session = given.sessions.of(conversation_id)
    if session is None:
        raise NotFoundError(f"The conversation {conversation_id[:60]!r} is not live.")
    return session


def _unauthorized(session: Session, token: HTTPAuthorizationCredentials | None) -> Response | None:
    if token is not None and secrets.compare_digest(token.credentials.encode(), session.token.encode()):
        return None
    detail = "The session's token is missing or wrong. Send it as Authorization: Bearer …"
    return problem(401, detail, {"WWW-Authenticate": "Bearer"})


def _ended(message: str) -> browser.Error:
    return browser.Error(code="session_ended", message=message, fatal=True)
