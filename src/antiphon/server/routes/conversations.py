"""Conversations: create, list, read, rename, delete, and the log of one as server-sent events."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from antiphon.errors import NotFoundError, StoreError
from antiphon.server.problems import PROBLEM_RESPONSES
from antiphon.server.state import NO_NUL, SOME_TEXT, AgentName, ConversationId, Given, Prompt, Services
from antiphon.server.streams import until
from antiphon.store.conversations import Conversation
from antiphon.store.event_log import LoggedEvent
from antiphon.store.items import StoredItem
from antiphon.wire import browser

log = logging.getLogger(__name__)

router = APIRouter(prefix="/api/conversations", tags=["conversations"], responses=PROBLEM_RESPONSES)

Title = Annotated[str, Field(min_length=1, max_length=200, pattern=SOME_TEXT)]


class NewConversation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    agent: AgentName | None = None
    title: Title | None = None
    prompt: Prompt | None = None


class Rename(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Title


class ConversationSummary(BaseModel):
    id: str
    title: str | None
    agent: str
    prompt: str | None
    preview: str
    created_at: datetime
    updated_at: datetime
    live: bool


class ConversationPage(BaseModel):
    conversations: list[ConversationSummary]
    next_cursor: str | None


class ToolItem(browser.ToolCallState):
    role: Literal["tool"] = "tool"
    at: float


class WholeConversation(ConversationSummary):
    """``items``: what was said and done, in order."""

    items: list[browser.TranscriptEntry | ToolItem]


def _summary(given: Services, one: Conversation) -> ConversationSummary:
    return ConversationSummary(
        id=one.id,
        title=one.title,
        agent=one.agent,
        prompt=one.prompt,
        preview=one.preview,
        created_at=one.created_at,
        updated_at=one.updated_at,
        live=given.sessions.of(one.id) is not None,
    )


def _item(row: StoredItem) -> browser.TranscriptEntry | ToolItem:
    if row.kind == "tool":
        return ToolItem(
            id=row.id,
            name=row.name or "",
            state=row.state or "failed",
            arguments=row.arguments,
            output=row.output,
            at=row.at,
        )
    return browser.TranscriptEntry(
        id=row.id,
        role=row.kind,
        text=row.text,
        final=row.final,
        participant_id=row.participant_id,
        heard_ms=row.heard_ms,
        interrupted=row.interrupted,
        at=row.at,
    )


@router.post("", status_code=201)
async def create_conversation(given: Given, new: NewConversation) -> ConversationSummary:
    """A new, empty conversation with an agent (the default one when none is named)."""
    agent = new.agent or given.default_agent
    if agent not in given.sessions.agents:
        raise NotFoundError(f"There is no agent {agent!r} here.")
    return _summary(given, await given.store.conversations.create(agent, new.title, new.prompt))


@router.get("")
async def list_conversations(
    given: Given,
    search: Annotated[str | None, Query(max_length=200, pattern=NO_NUL)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> ConversationPage:
    """Newest first; ``search`` looks in titles and in what was said. Pass ``next_cursor`` back for the next page."""
    page = await given.store.conversations.list(search, limit, cursor)
    return ConversationPage(
        conversations=[_summary(given, one) for one in page.conversations], next_cursor=page.next_cursor
    )


@router.get("/{conversation_id}")
async def read_conversation(given: Given, conversation_id: ConversationId) -> WholeConversation:
    """The conversation with everything in it."""
    summary = _summary(given, await given.store.conversations.get(conversation_id))
    rows = await given.store.items.read(conversation_id)
    items = [_item(row) for row in rows if row.kind == "tool" or row.text]
    return WholeConversation(**summary.model_dump(), items=items)


@router.patch("/{conversation_id}")
async def rename_conversation(given: Given, conversation_id: ConversationId, change: Rename) -> ConversationSummary:
    """A new title; its place in the list stays."""
    return _summary(given, await given.store.conversations.rename(conversation_id, change.title))


@router.delete("/{conversation_id}", status_code=204)
async def delete_conversation(given: Given, conversation_id: ConversationId) -> None:
    """Delete it and everything in it; a live session of it is ended first."""
    live = given.sessions.of(conversation_id)
    if live is not None:
        gone = browser.Error(code="conversation_deleted", message="This conversation was deleted.", fatal=True)
        await given.sessions.end(live, "deleted", gone)
    await given.store.conversations.delete(conversation_id)


async def _existing(given: Given, conversation_id: ConversationId) -> str:
    """Looked up before the stream begins: afterwards it is too late for a problem document."""
    return (await given.store.conversations.get(conversation_id)).id


@router.get("/{conversation_id}/events", response_class=EventSourceResponse)
async def follow_conversation(
    given: Given,
    conversation_id: Annotated[str, Depends(_existing)],
    last_event_id: Annotated[int, Header(ge=0, le=2**53, description="Go on after this event")] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """The log of the conversation, from the beginning or after ``Last-Event-ID``, and each new event as it is written.

    Each event's ``data`` is ``{"at": seconds, "event": {"type": …}}`` and its ``id`` the number in the log. Ends when
    the conversation is deleted or the server stops.
    """
    last = last_event_id
    async for logged in until(given.stopping, _followed(given, conversation_id, last)):
        yield _line(logged)
        last = logged.seq
    if given.stopping.is_set():  # how the session ended is written, but perhaps not read
        with _too_late_for_a_problem(conversation_id):
            for logged in await given.store.events.read(conversation_id, last):
                yield _line(logged)


def _line(logged: LoggedEvent) -> ServerSentEvent:
    return ServerSentEvent(data={"at": logged.at, "event": logged.event}, id=str(logged.seq))


async def _followed(given: Services, conversation_id: str, after: int) -> AsyncGenerator[LoggedEvent]:
    with _too_late_for_a_problem(conversation_id):
        async for logged in given.store.events.follow(conversation_id, after):
            yield logged


@contextmanager
def _too_late_for_a_problem(conversation_id: str) -> Iterator[None]:
    """The answer has begun: a stream that cannot go on just ends, and its reader will ask again."""
    try:
        yield
    except NotFoundError:
        log.info("a followed conversation was deleted", extra={"conversation": conversation_id})
    except StoreError as error:
        log.error("cannot follow a conversation", extra={"conversation": conversation_id, "fault": str(error)})
