import av
import numpy as np
import pytest

from antiphon.media import g711
from antiphon.media.g711 import G711Law

ALL = bytes(range(256))
EVERY_SAMPLE = np.arange(65536, dtype=np.uint16).view(np.int16)


@pytest.mark.parametrize("law", ["mulaw", "alaw"])
def test_decoding_is_what_ffmpeg_decodes(law: G711Law) -> None:
    codec = av.CodecContext.create(f"pcm_{law}", "r")
    codec.sample_rate, codec.layout = 8000, "mono"  # type: ignore[attr-defined]
    frame = codec.decode(av.Packet(ALL))[0]  # type: ignore[attr-defined]
    assert g711.decode(ALL, law).tolist() == frame.to_ndarray()[0].tolist()


@pytest.mark.parametrize("law", ["mulaw", "alaw"])
def test_every_code_survives_the_round_trip(law: G711Law) -> None:
    values = g711.decode(ALL, law)
    assert g711.decode(g711.encode(values, law), law).tolist() == values.tolist()
    changed = [code for code in ALL if g711.encode(values, law)[code] != code]
    assert changed == ([0x7F] if law == "mulaw" else [])  # mu-law has a second zero


@pytest.mark.parametrize("law", ["mulaw", "alaw"])
def test_every_sample_becomes_a_neighbouring_value(law: G711Law) -> None:
    values = np.sort(g711.decode(ALL, law).astype(int))
    heard = g711.decode(g711.encode(EVERY_SAMPLE, law), law).astype(int)
    samples = EVERY_SAMPLE.astype(int)
    nearest = np.abs(samples[:, None] - values[None, :]).min(axis=1)
    # Where the steps double in size the border is nearer to the smaller one's value: by a quarter of the larger step.
    step = np.maximum(16, (np.abs(samples) + 132) // 16)
    assert (np.abs(heard - samples) <= nearest + step // 4).all()
    assert (np.diff(heard[np.argsort(samples)]) >= 0).all()


def test_known_codes() -> None:
    # ITU-T G.711 tables 1a and 2a: zero, and full scale of both signs.
    samples = np.array([0, 32767, -32768], np.int16)
    assert g711.encode(samples, "mulaw") == bytes([0xFF, 0x80, 0x00])
    assert g711.encode(samples, "alaw") == bytes([0xD5, 0xAA, 0x2A])
