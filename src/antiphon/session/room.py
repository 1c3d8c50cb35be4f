"""A session's participants: what they say is mixed on a clock, what they hear is fanned out.

Owns who is here. Knows nothing of models or turns.
"""

from collections.abc import Iterator

from antiphon.edges.edge import FRAME_MS, Participant, VoiceFrame
from antiphon.media.mixer import Mixer
from antiphon.media.pcm import PcmData
from antiphon.wire import browser


class Room:
    """Any number of devices, one conversation. ``rate`` is the sample rate that the model wants, hertz."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._mixer = Mixer(sample_rate=rate, frame_ms=FRAME_MS)
        self._participants: dict[str, Participant] = {}

    def __iter__(self) -> Iterator[Participant]:
        return iter(list(self._participants.values()))

    def __len__(self) -> int:
        return len(self._participants)

    def add(self, participant: Participant) -> None:
        self._participants[participant.id] = participant
        self._mixer.join(participant.id)

    def remove(self, participant: Participant) -> None:
        if self._participants.pop(participant.id, None) is not None:
            self._mixer.leave(participant.id)

    async def listen(self, participant: Participant) -> None:
        """Take in what one device says until its voice ends; a muted one is not heard, whatever it sends."""
        async for audio in participant.voice.samples(self.rate):
            if not participant.muted:
                self._mixer.push(participant.id, audio)

    def tick(self) -> PcmData:
        """The next 20 ms of what people say together."""
        return self._mixer.tick().pcm

    def hear(self, frame: VoiceFrame) -> None:
        for participant in self:
            participant.hear(frame)

    def send(self, message: browser.Message) -> None:
        for participant in self:
            participant.send(message)

    def who(self) -> browser.ParticipantsChanged:
        return browser.ParticipantsChanged(
            data=[browser.ParticipantInfo(id=one.id, name=one.name, muted=one.muted) for one in self]
        )
