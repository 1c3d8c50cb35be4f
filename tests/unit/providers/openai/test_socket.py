"""What keeps a session from beginning, said in one sentence, without the key."""

import pytest

from antiphon.errors import ModelRefused, ModelUnavailable
from antiphon.models.realtime import ModelSetup
from antiphon.providers import openai
from antiphon.wire.openai.errors import Code
from antiphon.wire.openai.session_shape import ServerVad
from tests.unit.providers.openai.talk import linked
from tests.unit.providers.openai.upstream import Peer, upstream


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (401, None, ModelRefused, "OpenAI does not accept the API key."),
        (404, None, ModelRefused, "OpenAI has no such model, or this account may not use it."),
        (429, None, ModelUnavailable, "OpenAI is being asked too much at the moment; try again shortly."),
        (429, {"error": {"code": "insufficient_quota", "message": "x"}}, ModelRefused, "has used up its quota."),
        (403, {"error": {"message": "key sk-test-secret is bad"}}, ModelRefused, "OpenAI says: key … is bad"),
        (400, [1], ModelRefused, "(HTTP 400)"),
        (500, None, ModelUnavailable, "(HTTP 500)"),
    ],
)
async def test_what_refuses_the_connection_is_said_in_a_sentence(
    status: int, body: object, kind: type[Exception], said: str
) -> None:
    async with upstream() as served:
        served.status, served.body = status, body
        model = openai.Realtime(base_url=served.base_url, api_key="sk-test-secret")
        with pytest.raises(kind) as caught:
            async with model.connect(ModelSetup()):
                pass
        assert said in str(caught.value)
        assert "secret" not in str(caught.value)


async def bad_key(peer: Peer) -> None:
    await peer.refuse(Code.INVALID_API_KEY, "Incorrect API key provided: sk-test-secret.")


async def bad_model(peer: Peer) -> None:
    await peer.refuse(Code.MODEL_NOT_FOUND)


async def closed_for_the_key(peer: Peer) -> None:
    await peer.socket.close(3000, "invalid_request_error.invalid_api_key")


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (bad_key, "OpenAI does not accept the API key."),
        (closed_for_the_key, "OpenAI does not accept the API key."),
        (bad_model, "OpenAI has no such model, or this account may not use it."),
    ],
)
async def test_a_refusal_after_the_upgrade_is_one_too(first, said: str) -> None:  # type: ignore[no-untyped-def]
    async with upstream() as served:
        served.first = first
        with pytest.raises(ModelRefused, match=said):
            async with linked(served):
                pass


async def test_a_session_that_is_not_granted_is_a_refusal() -> None:
    async with upstream() as served:
        odd = ServerVad.model_construct(threshold=7.0)
        model = openai.Realtime(base_url=served.base_url, api_key="sk-test-secret", turn_detection=odd)
        with pytest.raises(ModelRefused, match="threshold"):
            async with model.connect(ModelSetup()):
                pass


async def test_nobody_there_is_unavailable() -> None:
    async with upstream() as served:
        address = served.base_url
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        async with openai.Realtime(base_url=address, api_key="sk-test-secret").connect(ModelSetup()):
            pass
