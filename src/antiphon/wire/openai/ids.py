"""The names of things on the wire: ``item_…``, ``resp_…``. Owns the prefixes and two sources of ids.

Ids are injected wherever they are made, so that a test can say them beforehand.
"""

import secrets
from collections import Counter
from collections.abc import Callable

SESSION = "sess"
CONVERSATION = "conv"
RESPONSE = "resp"
ITEM = "item"
CALL = "call"
EVENT = "event"
WEBRTC_CALL = "rtc"
CLIENT_SECRET = "ek"  # noqa: S105  a prefix, not a secret

IdSource = Callable[[str], str]
"""Gives a new id for a prefix. Unique for as long as anything remembers the ids it gave."""


def random_id(prefix: str) -> str:
    """An opaque id of at most 27 characters, within the 32 that the service is known to take."""
    return f"{prefix}_{secrets.token_hex(10)}"


def secret_id(prefix: str) -> str:
    """An id that is a credential: 256 bits."""
    return f"{prefix}_{secrets.token_hex(32)}"


def counted_ids() -> IdSource:
    """Ids that can be foreseen: ``item_1``, ``item_2``, ``resp_1``."""
    given: Counter[str] = Counter()

    def next_id(prefix: str) -> str:
        given[prefix] += 1
        return f"{prefix}_{given[prefix]}"

    return next_id
