"""Every error Antiphon raises on purpose. Owns the tree; knows no other module.

::

    AntiphonError
     +- ConfigurationError        a setting, agent or part that cannot work; said before a call starts
     |   +- MissingExtraError     an optional dependency is not installed
     +- MediaError                audio or video that cannot be used
     |   +- AudioFormatError      wrong rate, channels, shape or sample type
     +- IllegalTransition         the dialogue was told something impossible; its state is unchanged
     +- ProtocolError             a peer sent something that is not in the protocol
     +- NotFoundError             a conversation, session or item with that id does not exist
     +- ConflictError             the request contradicts what is there now
     +- RefusedError              not now: full, draining
     +- ModelError                the model or a part of it failed
     |   +- ModelUnavailable      it cannot be reached, or it went away
     |   +- ModelRefused          it will not serve us: key, quota, unknown model
     +- StoreError                the database cannot be read or written
     +- ToolError                 a tool's own failure, worded so that the model can act on it
"""


class AntiphonError(Exception):
    """The root. ``str(error)`` is one sentence fit to be shown to a person: no key, no stack."""


class ConfigurationError(AntiphonError):
    """A setting, agent or part that cannot work."""


class MissingExtraError(ConfigurationError):
    """An optional dependency is not installed; the message says which extra brings it."""


class MediaError(AntiphonError):
    """Audio or video that cannot be used."""


class AudioFormatError(MediaError, ValueError):
    """Wrong rate, channels, shape or sample type."""


class IllegalTransition(AntiphonError):
    """The dialogue was told something impossible. Nothing changed."""


class ProtocolError(AntiphonError):
    """A peer sent something that is not in the protocol."""


class NotFoundError(AntiphonError):
    """No conversation, session or item has that id."""


class ConflictError(AntiphonError):
    """The request contradicts what is there now."""


class RefusedError(AntiphonError):
    """Not now: the server is full or draining. ``retry_after`` is in seconds."""

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ModelError(AntiphonError):
    """The model, or a part of a pipeline, failed."""


class ModelUnavailable(ModelError):
    """The model cannot be reached, or went away."""


class ModelRefused(ModelError):
    """The model will not serve us: key, quota, unknown model."""


class StoreError(AntiphonError):
    """The database cannot be read or written."""


class ToolError(AntiphonError):
    """A tool's own failure, worded so that the model can act on it."""
