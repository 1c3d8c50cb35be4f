"""Who may use the protocol: API keys, and the short-lived secrets that are made for browsers.

Owns the secrets, in memory: they end with the process. ``now`` is Unix seconds.
"""

import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from antiphon.wire.openai import ids
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.shape import JsonObject

SUBPROTOCOL = "realtime"
_KEY_PROTOCOL = "openai-insecure-api-key."
_BETA_PROTOCOL = "openai-beta."
MAX_SECRETS = 1_000


@dataclass(frozen=True, slots=True)
class Secret:
    """``session`` is how the sessions that it starts begin; ``model`` is in it or was left out."""

    value: str
    expires_at: int
    session: JsonObject


class Access:
    """Checks credentials. Without ``keys`` any key is good, but only on a loopback address of this machine."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)
        self._secrets: dict[str, Secret] = {}

    def check(self, key: str | None, local_address: str | None, now: float) -> Secret | None:
        """The secret, if it is one. Raises ``WireError`` for a credential that is not good here."""
        if not key:
            raise WireError(Code.INVALID_API_KEY, "No API key was sent: use 'Authorization: Bearer'.")
        if key.startswith(f"{ids.CLIENT_SECRET}_"):
            secret = self._secrets.get(key)
            if secret is None or secret.expires_at <= now:
                raise WireError(Code.INVALID_API_KEY, "This client secret has expired or was never given.")
            return secret
        self.check_key(key, local_address)
        return None

    def check_key(self, key: str | None, local_address: str | None) -> None:
        """An API key, and no secret. Raises ``WireError``."""
        if not key or key.startswith(f"{ids.CLIENT_SECRET}_"):
            raise WireError(Code.INVALID_API_KEY, "This needs an API key: send it as 'Authorization: Bearer'.")
        if not self._keys:
            if _is_loopback(local_address):
                return
            message = "This server takes keys from its own machine alone, until ANTIPHON_OPENAI_API_KEYS is set."
            raise WireError(Code.INVALID_API_KEY, message)
        good = [secrets.compare_digest(key.encode(), one.encode()) for one in self._keys]
        if not any(good):
            raise WireError(Code.INVALID_API_KEY, "Incorrect API key provided.")

    def new_secret(self, session: JsonObject, seconds: int, now: float) -> Secret:
        """Raises ``WireError`` when too many are alive."""
        for value in [value for value, one in self._secrets.items() if one.expires_at <= now]:
            del self._secrets[value]
        if len(self._secrets) >= MAX_SECRETS:
            raise WireError(Code.RATE_LIMIT, f"{MAX_SECRETS} client secrets are alive; try again later.")
        secret = Secret(ids.secret_id(ids.CLIENT_SECRET), int(now) + seconds, session)
        self._secrets[secret.value] = secret
        return secret


def bearer(headers: Mapping[str, str]) -> str | None:
    """The key of ``Authorization: Bearer`` (RFC 6750)."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def protocol_key(subprotocols: Sequence[str]) -> str | None:
    """The key that a browser sends, which cannot set headers on a WebSocket."""
    found = [one.removeprefix(_KEY_PROTOCOL) for one in subprotocols if one.startswith(_KEY_PROTOCOL)]
    return found[0] if found else None


def asks_for_beta(headers: Mapping[str, str], subprotocols: Sequence[str]) -> bool:
    """Whether a client speaks the shape of the beta, which is over."""
    return "realtime" in headers.get("openai-beta", "") or any(one.startswith(_BETA_PROTOCOL) for one in subprotocols)


def _is_loopback(address: str | None) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
