"""The app factory: the one place where everything is put together."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

import antiphon
from antiphon.agent import Agent
from antiphon.clock import LoopClock
from antiphon.edges.webrtc.ice import IceServer
from antiphon.edges.webrtc.internals import use_host_addresses
from antiphon.errors import ConfigurationError
from antiphon.server import problems
from antiphon.server.guards import Guards
from antiphon.server.routes import agents as agent_routes
from antiphon.server.routes import conversations, health, realtime
from antiphon.server.state import Services
from antiphon.session.session import Patience
from antiphon.session.sessions import Sessions
from antiphon.settings import Settings
from antiphon.store.store import Store

MAX_BODY = 1_000_000
"""Bytes of a request's body that are read at most."""

_PACKAGED = Path(__file__).parent.parent / "static"


def create_app(agents: Sequence[Agent], settings: Settings) -> FastAPI:
    """The ASGI app that serves these agents, the first one by default. Raises ``ConfigurationError``."""
    by_name = {agent.name: agent for agent in agents}
    if not agents or len(by_name) != len(agents):
        raise ConfigurationError("Serve at least one agent, and no two of one name.")
    web = settings.static_dir or _PACKAGED
    if not (web / "index.html").is_file():
        raise ConfigurationError(f"The web app is not built: {web / 'index.html'} is missing. Run: uv run dev.py web")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            Store.open(settings.database_url) as store,
            Sessions.open(by_name, store, LoopClock(), _patience(settings), settings.max_sessions) as sessions,
        ):
            app.state.services = _services(store, sessions, agents[0].name, settings)
            yield

    use_host_addresses(tuple(settings.host_addresses) if settings.host_addresses is not None else None)
    app = FastAPI(
        title="Antiphon",
        version=antiphon.__version__,
        lifespan=lifespan,
        max_body_size=MAX_BODY,
        middleware=[Middleware(Guards, allowed_origins=tuple(settings.allowed_origins))],
    )
    problems.install(app)
    for module in (health, agent_routes, conversations, realtime):
        app.include_router(module.router)
    app.mount("/", StaticFiles(directory=web, html=True))
    return app


def _patience(settings: Settings) -> Patience:
    return Patience(grace=settings.grace_s, arrival=settings.arrival_s)


def _services(store: Store, sessions: Sessions, default_agent: str, settings: Settings) -> Services:
    ice = tuple(
        IceServer((one.urls,) if isinstance(one.urls, str) else tuple(one.urls), one.username, one.credential)
        for one in settings.ice_servers
    )
    return Services(store, sessions, default_agent, ice, tuple(settings.public_addresses))
