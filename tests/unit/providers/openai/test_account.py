"""Where OpenAI is and who asks; and that a key is never part of a text."""

import pytest

from antiphon.errors import ConfigurationError
from antiphon.providers.openai.account import Account, account_of


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("https://api.openai.com/v1", "wss://api.openai.com/v1/realtime?model=m+1"),
        ("http://localhost:8000/v1/", "ws://localhost:8000/v1/realtime?model=m+1"),
        ("wss://host/v1?region=eu", "wss://host/v1/realtime?region=eu&model=m+1"),
    ],
)
def test_the_address_of_a_session(base_url: str, address: str) -> None:
    assert Account(base_url, "sk-test").socket_url("m 1") == address


@pytest.mark.parametrize("base_url", ["api.openai.com/v1", "ftp://host/v1", "https://", ""])
def test_what_is_no_address_is_said(base_url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        Account(base_url, "sk-test").socket_url("m")


def test_headers_and_no_key_in_texts() -> None:
    account = Account("https://host/v1", "sk-test", organization="org", project="proj")
    assert account.headers() == {
        "Authorization": "Bearer sk-test", "OpenAI-Organization": "org", "OpenAI-Project": "proj",
    }  # fmt: skip
    assert "sk-test" not in repr(account)


async def test_the_account_of_the_sdks_client() -> None:
    sdk = pytest.importorskip("openai")
    async with sdk.AsyncOpenAI(api_key="sk-test", base_url="http://host/v1", organization="org") as client:
        account = account_of(client)
        assert account.socket_url("m") == "ws://host/v1/realtime?model=m"
        assert account.headers() == {"Authorization": "Bearer sk-test", "OpenAI-Organization": "org"}
    async with sdk.AsyncOpenAI(api_key="sk-test", websocket_base_url="wss://media/v1") as client:
        assert account_of(client).socket_url("m") == "wss://media/v1/realtime?model=m"
