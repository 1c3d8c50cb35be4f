"""The app factory: the one place where everything is put together."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import anyio
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

import antiphon
from antiphon.agent import Agent
from antiphon.clock import LoopClock
from antiphon.edges.webrtc.ice import IceServer
from antiphon.edges.webrtc.internals import use_host_addresses
from antiphon.errors import AntiphonError, ConfigurationError
from antiphon.server import problems
from antiphon.server.guards import BodyLimit, Guards
from antiphon.server.openai.access import Access
from antiphon.server.openai.opening import OpenAiFace
from antiphon.server.routes import agents as agent_routes
from antiphon.server.routes import conversations, health, openai, realtime
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
        where = "ANTIPHON_STATIC_DIR" if settings.static_dir else "the packaged web app"
        raise ConfigurationError(f"There is no {web / 'index.html'} ({where}). To build it: uv run dev.py web")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            _opened(settings.database_url, agents) as store,
            Sessions.open(by_name, store, LoopClock(), _patience(settings), settings.max_sessions) as sessions,
        ):
            app.state.services = _services(store, sessions, agents[0].name, settings)
            yield

    addresses = settings.host_addresses
    use_host_addresses(None if addresses is None else tuple(str(one) for one in addresses))
    app = FastAPI(
        title="Antiphon",
        version=antiphon.__version__,
        lifespan=lifespan,
        # Both pages load scripts from strangers, which our own policy forbids. The document is at /openapi.json.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=_middleware(settings),
    )
    problems.install(app)
    for module in (health, agent_routes, conversations, realtime, openai):
        app.include_router(module.router)
    app.frontend("/", directory=web, fallback=None)
    return app


def _middleware(settings: Settings) -> list[Middleware]:
    """The outermost first."""
    found = [
        Middleware(
            Guards, allowed_origins=tuple(settings.allowed_origins), allowed_hosts=tuple(settings.allowed_hosts)
        ),
        Middleware(BodyLimit, limit=MAX_BODY),
    ]
    if settings.allowed_origins:
        found.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.allowed_origins,
                allow_methods=["GET", "POST", "PATCH", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
            )
        )
    return found


@asynccontextmanager
async def _opened(database_url: str, agents: Sequence[Agent]) -> AsyncIterator[Store]:
    """The store; the agents' models start while it opens, which is as slow as they are."""
    models = [agent.model() for agent in agents]
    async with AsyncExitStack() as stack:
        for model in models:
            stack.push_async_callback(model.aclose)
        opened: Store | Exception
        try:
            async with asyncio.TaskGroup() as tasks:
                for model in models:
                    tasks.create_task(model.start())
                opened = await stack.enter_async_context(Store.open(database_url))
        except* AntiphonError as faults:
            opened = faults.exceptions[0]
        if isinstance(opened, Exception):
            raise opened
        yield opened


def _patience(settings: Settings) -> Patience:
    return Patience(grace=settings.grace_s, arrival=settings.arrival_s)


def _services(store: Store, sessions: Sessions, default_agent: str, settings: Settings) -> Services:
    ice = tuple(IceServer(tuple(one.urls), one.username, one.credential) for one in settings.ice_servers)
    public = tuple(str(one) for one in settings.public_addresses)
    keys = [key.get_secret_value() for key in settings.openai_api_keys]
    face = OpenAiFace(store, sessions.agents, default_agent, Access(keys), settings.openai_session_s)
    return Services(store, sessions, default_agent, ice, public, anyio.Event(), face)
