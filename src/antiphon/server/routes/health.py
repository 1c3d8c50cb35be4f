"""Is it alive, and would it take a call?"""

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from antiphon.server.problems import PROBLEM_RESPONSES, problem
from antiphon.server.state import Given

router = APIRouter(prefix="/api", tags=["health"], responses=PROBLEM_RESPONSES)


class Health(BaseModel):
    status: str = "ok"


class Readiness(BaseModel):
    """``sessions``: how many are live now."""

    status: str
    sessions: int


@router.get("/health")
async def health() -> Health:
    """Liveness: the process answers."""
    return Health()


@router.get("/ready", response_model=Readiness)
async def ready(given: Given) -> Response:
    """Readiness: a new session would be admitted now."""
    if not given.sessions.admitting:
        why = "The server is stopping." if given.sessions.draining else "All places are taken."
        return problem(503, why, {"Retry-After": "5"})
    return JSONResponse(Readiness(status="ready", sessions=len(given.sessions)).model_dump())
