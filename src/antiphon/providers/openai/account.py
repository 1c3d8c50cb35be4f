"""Where OpenAI is and who asks: addresses and credentials, as values. The key is never part of a text."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from antiphon.errors import ConfigurationError, MissingExtraError

if TYPE_CHECKING:  # the SDK takes a second to import and is not needed with a key of one's own
    from openai import AsyncOpenAI

OPENAI = "https://api.openai.com/v1"
_SOCKET_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


@dataclass(frozen=True, slots=True)
class Account:
    """``base_url`` as the SDK has it: with the version (``/v1``), http(s) or ws(s)."""

    base_url: str
    api_key: str = field(repr=False)
    organization: str | None = None
    project: str | None = None

    def socket_url(self, model: str) -> str:
        """The address of a new session on a WebSocket. Raises ``ConfigurationError``."""
        parts = urlsplit(self.base_url)
        scheme = _SOCKET_SCHEMES.get(parts.scheme)
        if scheme is None or not parts.netloc:
            raise ConfigurationError("The base_url of OpenAI must begin with https:// (or http://, wss://, ws://).")
        query = "&".join(part for part in (parts.query, urlencode({"model": model})) if part)
        return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}/realtime?{query}"

    def headers(self) -> dict[str, str]:
        """Never the beta's header: the service refuses it."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        if self.organization:
            headers["OpenAI-Organization"] = self.organization
        if self.project:
            headers["OpenAI-Project"] = self.project
        return headers


def account_of(client: "AsyncOpenAI") -> Account:
    """The account that an SDK client uses. Raises ``ConfigurationError`` when its key is made anew for each request."""
    if not client.api_key:
        raise ConfigurationError("The OpenAI client has no fixed API key; give it one as api_key.")
    base_url = str(client.websocket_base_url or client.base_url)
    return Account(base_url, client.api_key, client.organization, client.project)


def sdk_client(api_key: str | None, base_url: str | None) -> "AsyncOpenAI":
    """The SDK's client; what is not given it takes from ``OPENAI_API_KEY`` and its other variables.

    Raises ``MissingExtraError`` without the SDK, ``ConfigurationError`` without a key.
    """
    try:
        from openai import AsyncOpenAI, OpenAIError
    except ImportError:
        raise MissingExtraError(
            "OpenAI's SDK is not installed: install antiphon[openai], or give api_key to openai.Realtime."
        ) from None
    try:
        return AsyncOpenAI(api_key=api_key, base_url=base_url)
    except OpenAIError:
        raise ConfigurationError("There is no OpenAI key: set OPENAI_API_KEY, or give api_key or client.") from None
