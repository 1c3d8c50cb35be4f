"""What the routes share: the store, the live sessions, settings, and the shapes of what requests bring."""

from dataclasses import dataclass, field
from typing import Annotated
from weakref import WeakValueDictionary

import anyio
from fastapi import Depends, Path, Request
from pydantic import Field

from antiphon.edges.webrtc.ice import IceServer
from antiphon.server.openai.opening import OpenAiFace
from antiphon.session.sessions import Sessions
from antiphon.store.store import Store


@dataclass(frozen=True, slots=True)
class Services:
    """Made by the app factory. ``default_agent``: who answers when a request names nobody. ``stopping``: set when
    streams must end. ``openai``: what ``/v1`` serves. ``bridging``: held by
    whoever takes a conversation's call over."""

    store: Store
    sessions: Sessions
    default_agent: str
    ice_servers: tuple[IceServer, ...]
    public_addresses: tuple[str, ...]
    stopping: anyio.Event
    openai: OpenAiFace
    bridging: WeakValueDictionary[str, anyio.Lock] = field(default_factory=WeakValueDictionary)


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


NO_NUL = r"^[^\x00]*$"
"""No database stores it, and no person types it."""

SOME_TEXT = r"^[^\x00]*[^\s\x00][^\x00]*$"
"""Not only white space."""

Given = Annotated[Services, Depends(services)]
ConversationId = Annotated[str, Path(min_length=1, max_length=64, description="conv_ and 32 hexadecimal digits")]
SessionId = Annotated[str, Path(min_length=1, max_length=64, description="sess_ and 32 hexadecimal digits")]
AgentName = Annotated[str, Field(min_length=1, max_length=100)]
Prompt = Annotated[str, Field(max_length=32_000, pattern=NO_NUL)]
