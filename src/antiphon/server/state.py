"""What the routes share: the store, the live sessions, settings. Made by the app factory, given to routes."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request

from antiphon.edges.webrtc.ice import IceServer
from antiphon.session.sessions import Sessions
from antiphon.store.store import Store


@dataclass(frozen=True, slots=True)
class Services:
    """``default_agent``: who answers when a request names nobody."""

    store: Store
    sessions: Sessions
    default_agent: str
    ice_servers: tuple[IceServer, ...]
    public_addresses: tuple[str, ...]


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


Given = Annotated[Services, Depends(services)]
ConversationId = Annotated[str, Path(min_length=1, max_length=64, description="conv_ and 32 hexadecimal digits")]
SessionId = Annotated[str, Path(min_length=1, max_length=64, description="sess_ and 32 hexadecimal digits")]
