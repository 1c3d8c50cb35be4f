"""``openai.Realtime``: OpenAI's speech-to-speech models as a ``Realtime``."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal

import anyio

from antiphon.clock import Clock, LoopClock
from antiphon.errors import ConfigurationError
from antiphon.models import realtime
from antiphon.models.realtime import Capabilities, ModelSetup
from antiphon.providers.openai.account import OPENAI, Account, account_of, sdk_client
from antiphon.providers.openai.configuration import Voicing
from antiphon.providers.openai.connection import OpenAIConnection
from antiphon.providers.openai.socket import Socket, open_socket
from antiphon.wire.openai.audio import PCM_RATE
from antiphon.wire.openai.events_client import ClientEvent, SessionUpdate
from antiphon.wire.openai.session_shape import InputTranscription, SemanticVad, ServerVad

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Transport = Literal["websocket", "webrtc"]

MODEL = "gpt-realtime-2.1"
VOICE = "marin"
TRANSCRIPTION = "gpt-4o-mini-transcribe"
"""What writes down the person's words, beside the conversation. OpenAI has announced its end for 2027-02-26."""


class Realtime(realtime.Realtime):
    """OpenAI Realtime, or anything that serves its protocol under another ``base_url``.

    voice: where the agent names none. turn_detection: how the service finds the end of a turn; it never answers by
    itself (see ``configuration``). transcription: the model that writes down what people say, or None for no words of
    theirs on the screen. Credentials: ``client`` (the SDK's), else ``api_key``, else what the SDK finds in the
    environment. ``base_url`` includes the version, as ``https://api.openai.com/v1``. ``clock`` is for tests.
    Raises ``ConfigurationError`` for what cannot work.
    """

    def __init__(
        self,
        model: str = MODEL,
        voice: str = VOICE,
        *,
        transport: Transport = "websocket",
        client: "AsyncOpenAI | None" = None,
        base_url: str | None = None,
        api_key: str | None = None,
        turn_detection: ServerVad | SemanticVad | None = None,
        transcription: str | InputTranscription | None = TRANSCRIPTION,
        clock: Clock | None = None,
    ) -> None:
        if transport == "webrtc":
            raise ConfigurationError("OpenAI over WebRTC is not there yet: use transport='websocket'.")
        if transport != "websocket":
            raise ConfigurationError("The transport is 'websocket'.")
        if client is not None and (api_key is not None or base_url is not None):
            raise ConfigurationError("Give openai.Realtime a client, or api_key and base_url, not both.")
        if isinstance(transcription, str):
            transcription = InputTranscription(model=transcription)
        self.model = model
        self._voicing = Voicing(voice, turn_detection or ServerVad(), transcription)
        self._client, self._base_url, self._api_key = client, base_url, api_key
        self._ours = client is None
        self._clock = clock or LoopClock()

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(keeps_history=True, creates_responses=False, input_rate=PCM_RATE)

    @property
    def client(self) -> "AsyncOpenAI":
        """The SDK's client for everything else at OpenAI. Raises ``MissingExtraError``, ``ConfigurationError``."""
        if self._client is None:
            self._client = sdk_client(self._api_key, self._base_url)
        return self._client

    async def start(self) -> None:
        """Raises ``ConfigurationError`` when there is no key or no usable address. Asks nobody."""
        self._account().socket_url(self.model)

    @asynccontextmanager
    async def connect(self, setup: ModelSetup) -> AsyncIterator[OpenAIConnection]:
        account = self._account()

        async def opener(update: SessionUpdate, history: Iterable[ClientEvent]) -> Socket:
            return await open_socket(account, self.model, update, history)

        async with OpenAIConnection(setup, self._voicing, opener, self._clock) as connection:
            await connection.open()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(connection.run)
                yield connection
                await connection.aclose()
                tasks.cancel_scope.cancel()

    async def aclose(self) -> None:
        """Closes the client if it was made here."""
        if self._ours and self._client is not None:
            client, self._client = self._client, None
            await client.close()

    def _account(self) -> Account:
        if self._client is None and self._api_key is not None:
            return Account(self._base_url or OPENAI, self._api_key)
        return account_of(self.client)
