"""The specification: what it takes, what it refuses."""

import pytest

from antiphon.errors import ConfigurationError
from antiphon.models.realtime import Capabilities
from antiphon.providers import openai


def test_what_it_can_do() -> None:
    model = openai.Realtime(api_key="sk-test")
    assert model.capabilities == Capabilities(keeps_history=True, creates_responses=False, input_rate=24_000)
    assert model.model == "gpt-realtime-2.1"


def test_webrtc_is_said_not_to_be_there() -> None:
    with pytest.raises(ConfigurationError, match="not there yet"):
        openai.Realtime(transport="webrtc", api_key="sk-test")
    with pytest.raises(ConfigurationError, match="transport"):
        openai.Realtime(transport="pigeon", api_key="sk-test")  # type: ignore[arg-type]


async def test_an_address_that_is_none_is_said_before_a_call() -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        await openai.Realtime(api_key="sk-test", base_url="localhost:1/v1").start()


async def test_the_sdks_client_gives_address_and_key_and_stays_its_owners() -> None:
    sdk = pytest.importorskip("openai")
    async with sdk.AsyncOpenAI(api_key="sk-test", base_url="http://host/v1") as client:
        async with openai.Realtime(client=client) as model:
            await model.start()
            assert model.client is client
        assert not client.is_closed()
        with pytest.raises(ConfigurationError, match="not both"):
            openai.Realtime(client=client, api_key="sk-other")


async def test_a_client_of_its_own_is_closed_with_it() -> None:
    pytest.importorskip("openai")
    async with openai.Realtime(api_key="sk-test", base_url="http://host/v1") as model:
        client = model.client
        assert str(client.base_url).startswith("http://host/v1")
    assert client.is_closed()


async def test_without_a_key_it_says_where_one_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("openai")
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY"):
        await openai.Realtime().start()
