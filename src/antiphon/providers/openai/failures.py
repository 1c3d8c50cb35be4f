"""What went wrong at OpenAI, in one sentence for a person, and whether it is worth trying again. Never a key."""

import re

from antiphon.errors import ModelError, ModelRefused, ModelUnavailable
from antiphon.wire.openai.errors import CLOSE_AUTH, CLOSE_BETA, CLOSE_POLICY, Code, row_of

_SENTENCES: dict[str, str] = {
    Code.INVALID_API_KEY: "OpenAI does not accept the API key.",
    Code.INSUFFICIENT_QUOTA: "The OpenAI account has used up its quota.",
    Code.CREDIT_EXHAUSTED: "The OpenAI account has no credit left.",
    Code.BILLING_LIMIT: "The OpenAI account has reached its billing limit.",
    Code.ACCOUNT_DEACTIVATED: "The OpenAI account is deactivated.",
    Code.MODEL_NOT_FOUND: "OpenAI has no such model, or this account may not use it.",
    Code.RATE_LIMIT: "OpenAI is being asked too much at the moment; try again shortly.",
    Code.INFERENCE_RATE_LIMIT: "OpenAI is being asked too much at the moment; try again shortly.",
    Code.SERVER_ERROR: "OpenAI has a problem of its own; try again shortly.",
    Code.SESSION_EXPIRED: "The session at OpenAI reached its longest duration.",
    Code.BETA_API_SHAPE_DISABLED: "OpenAI took this for the former Realtime API, which is switched off.",
}
_SECRET = re.compile(r"\b(?:sk|ek|rk)[-_][\w*.\-]+|Bearer\s+\S+", re.IGNORECASE)
_LONGEST = 300
_REFUSING_CLOSES = {CLOSE_AUTH: Code.INVALID_API_KEY, CLOSE_BETA: Code.BETA_API_SHAPE_DISABLED}
_REFUSING_STATUS = {401: Code.INVALID_API_KEY, 404: Code.MODEL_NOT_FOUND}


def scrubbed(message: str, *secrets: str) -> str:
    """The message without anything that looks like a key, on one line, not too long."""
    for secret in secrets:
        if secret:
            message = message.replace(secret, "…")
    return " ".join(_SECRET.sub("…", message).split())[:_LONGEST]


def sentence(code: str | None, message: str | None, *secrets: str) -> str:
    """What to tell people of an error that OpenAI sent."""
    if code in _SENTENCES:
        return _SENTENCES[code]
    said = scrubbed(message or "", *secrets)
    return f"OpenAI says: {said}" if said else "OpenAI could not answer."


def refusal_or_failure(code: str | None, message: str | None, *secrets: str) -> ModelError:
    """The error for an ``error`` event that ends a session or keeps one from beginning."""
    kind = ModelUnavailable if row_of(code).retry else ModelRefused
    return kind(sentence(code, message, *secrets))


def of_status(status: int, code: str | None, message: str | None, *secrets: str) -> ModelError:
    """The error for an HTTP answer in place of a WebSocket. ``code`` and ``message`` are of its body, if it had any."""
    if code is not None and (row_of(code).fatal or code in _SENTENCES):
        return refusal_or_failure(code, message, *secrets)
    if (known := _REFUSING_STATUS.get(status)) is not None:
        return ModelRefused(_SENTENCES[known])
    if status == 429:
        return ModelUnavailable(_SENTENCES[Code.RATE_LIMIT])
    if 400 <= status < 500:
        return ModelRefused(f"OpenAI refuses the connection (HTTP {status}): {sentence(code, message, *secrets)}")
    return ModelUnavailable(f"OpenAI cannot be reached at the moment (HTTP {status}).")


def of_close(close_code: int | None, reason: str | None, *secrets: str) -> ModelError | None:
    """The refusal that a close code says; None for a connection that merely ended."""
    if close_code in _REFUSING_CLOSES:
        return ModelRefused(_SENTENCES[_REFUSING_CLOSES[close_code]])
    if close_code == CLOSE_POLICY:
        return ModelRefused(sentence(None, reason, *secrets))
    return None
