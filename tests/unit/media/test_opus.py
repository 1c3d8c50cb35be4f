import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.errors import AudioFormatError, MediaError
from antiphon.media.opus import (
    FRAME,
    SILENCE,
    OpusDecoder,
    OpusEncoder,
    OpusPacket,
    frame_duration,
    frame_sizes,
    packet_duration,
)
from antiphon.media.pcm import PcmData
from tests.unit.media.sounds import joined, level_at, strongest, tone

# RFC 6716 table 2, in milliseconds, configuration by configuration.
TABLE_2 = [10, 20, 40, 60] * 3 + [10, 20] * 2 + [2.5, 5, 10, 20] * 4


def toc(config: int, code: int) -> bytes:
    return bytes([config << 3 | code])


def length(size: int) -> bytes:
    """RFC 6716 section 3.2.1."""
    return bytes([size]) if size < 252 else bytes([252 + (size & 3), (size - 252 - (size & 3)) // 4])


def three(config: int, sizes: list[int], *, vbr: bool, padding: int | None = None) -> bytes:
    flags = len(sizes) | (0x80 if vbr else 0) | (0 if padding is None else 0x40)
    head = toc(config, 3) + bytes([flags])
    if padding is not None:
        head += b"\xff" * (padding // 254) + bytes([padding % 254])
    if vbr:
        head += b"".join(length(size) for size in sizes[:-1])
    return head + b"x" * sum(sizes) + b"\0" * (padding or 0)


@pytest.mark.parametrize("config", range(32))
def test_frame_durations_are_those_of_table_2(config: int) -> None:
    assert frame_duration(config << 3) == TABLE_2[config] * 48


@given(config=st.integers(0, 31), size=st.integers(0, 1275), stereo=st.booleans())
def test_code_0_is_one_frame(config: int, size: int, stereo: bool) -> None:
    data = bytes([config << 3 | stereo << 2]) + b"x" * size
    assert frame_sizes(data) == [size]
    assert packet_duration(data) == TABLE_2[config] * 48


@given(config=st.integers(0, 31), size=st.integers(0, 1275))
def test_code_1_is_two_frames_of_equal_size(config: int, size: int) -> None:
    assert frame_sizes(toc(config, 1) + b"x" * 2 * size) == [size, size]
    assert packet_duration(toc(config, 1) + b"x" * 2 * size) == 2 * TABLE_2[config] * 48
    with pytest.raises(MediaError):
        frame_sizes(toc(config, 1) + b"x" * (2 * size + 1))


@given(config=st.integers(0, 31), first=st.integers(0, 1275), second=st.integers(0, 1275))
def test_code_2_is_two_frames(config: int, first: int, second: int) -> None:
    data = toc(config, 2) + length(first) + b"x" * (first + second)
    assert frame_sizes(data) == [first, second]
    assert packet_duration(data) == 2 * TABLE_2[config] * 48


@given(
    config=st.integers(0, 31),
    sizes=st.lists(st.integers(0, 1275), min_size=1, max_size=48),
    padding=st.one_of(st.none(), st.integers(0, 1000)),
)
def test_code_3_is_any_number_of_frames_up_to_120_ms(config: int, sizes: list[int], padding: int | None) -> None:
    for vbr in (True, False):
        wanted = sizes if vbr else [sizes[0]] * len(sizes)
        data = three(config, wanted, vbr=vbr, padding=padding)
        if len(sizes) * TABLE_2[config] > 120:
            with pytest.raises(MediaError):
                frame_sizes(data)
        else:
            assert frame_sizes(data) == wanted
            assert packet_duration(data) == len(sizes) * TABLE_2[config] * 48


@pytest.mark.parametrize(
    "data",
    [
        b"",  # R1
        toc(31, 0) + b"x" * 1276,  # R2
        toc(31, 1) + b"x",  # R3
        toc(31, 2),  # R4: no length
        toc(31, 2) + b"\xfc",  # half a length
        toc(31, 2) + b"\x05xxxx",  # longer than the packet
        toc(31, 3),  # no count
        toc(31, 3) + b"\x00",  # R5: no frame
        toc(31, 3) + b"\x07",  # 140 ms
        toc(31, 3) + b"\x02xxx",  # R6: unequal
        toc(31, 3) + b"\x42",  # no padding length
        toc(31, 3) + b"\x42\xff",  # half a padding length
        toc(31, 3) + b"\x42\x09xx",  # more padding than packet
        toc(31, 3) + b"\x82",  # R7: no length
        toc(31, 3) + b"\x82\x09xx",  # longer than the packet
    ],
)
def test_malformed_packets_are_refused(data: bytes) -> None:
    with pytest.raises(MediaError):
        OpusPacket(data, 0)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_packet_or_an_error(data: bytes) -> None:
    try:
        sizes = frame_sizes(data)
    except MediaError:
        return
    assert min(sizes) >= 0
    assert sum(sizes) < len(data)
    assert 120 <= packet_duration(data) <= 5760


def test_silence_and_dtx() -> None:
    silence = OpusPacket(SILENCE, 0)
    assert (silence.duration, silence.duration_ms, silence.is_dtx) == (960, 20, False)
    assert not OpusDecoder().decode(silence).samples.any()
    assert OpusPacket(b"\xf8", 0).is_dtx
    assert OpusDecoder().decode(OpusPacket(b"\xf8", 0)).sample_count == 960


def encoded(pcm: PcmData) -> list[OpusPacket]:
    encoder = OpusEncoder()
    return [encoder.encode(frame) for frame in pcm.chunks(FRAME)]


def test_a_tone_is_heard_after_the_codec() -> None:
    packets = encoded(tone(440, 48_000, 1.0))
    assert [p.timestamp for p in packets] == [960 * i for i in range(50)]
    assert {p.duration for p in packets} == {960}
    assert 2000 < sum(len(p.data) for p in packets) < 8000  # about 32 kb/s
    decoder = OpusDecoder()
    heard = joined([decoder.decode(p, participant="ada") for p in packets])
    assert (heard.sample_count, heard.sample_rate, heard.channels, heard.pts) == (48_000, 48_000, 1, 0)
    assert heard.participant == "ada"
    assert strongest(heard) == pytest.approx(440, abs=2)
    assert level_at(heard, 440) == pytest.approx(-6, abs=1)
    assert level_at(heard, 8000, width=7000) < -40


def test_the_encoder_adds_no_delay_to_the_codecs_own() -> None:
    # A short noise after silence; where it comes out is the delay of encoder and decoder together.
    noise = np.zeros(48_000, np.int16)
    noise[24_000:24_480] = np.random.default_rng(2).integers(-9000, 9000, 480)
    decoder = OpusDecoder()
    heard = joined([decoder.decode(p) for p in encoded(PcmData(noise, 48_000))]).samples.astype(float)
    match = np.correlate(heard, noise[24_000:24_480].astype(float), "valid")
    assert int(match.argmax()) - 24_000 == pytest.approx(OpusEncoder.lookahead, abs=8)


def test_forward_error_correction_is_in_the_packets() -> None:
    # Speech-like sound coded by SILK carries a copy of the frame before: RFC 6716 section 4.2.4, the LBRR flag, which
    # is the second bit of a mono 20 ms frame.
    t = np.arange(96_000) / 48_000
    voice = sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(1, 12)) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * t))
    encoder = OpusEncoder(20_000, expected_loss_percent=25)
    packets = [encoder.encode(f) for f in PcmData.from_numpy(voice * 0.2, 48_000, format="s16").chunks(FRAME)]
    silk = [p for p in packets if p.data[0] >> 3 < 16]
    assert len(silk) > 50
    assert sum(bool(p.data[1] & 0x40) for p in silk) > len(silk) / 2


@pytest.mark.parametrize(
    "pcm", [PcmData.silence(960, 24_000), PcmData.silence(480, 48_000), PcmData.silence(960, 48_000, 2)]
)
def test_only_20_ms_of_mono_48_khz_are_encoded(pcm: PcmData) -> None:
    with pytest.raises(AudioFormatError):
        OpusEncoder().encode(pcm)


def test_floats_are_encoded_too() -> None:
    frame = tone(440, 48_000, 0.02)
    assert OpusEncoder().encode(frame.to_float32()).data == OpusEncoder().encode(frame).data


def test_a_bad_packet_does_not_end_the_decoder() -> None:
    decoder, packets = OpusDecoder(), encoded(tone(440, 48_000, 0.2))
    decoder.decode(packets[0])
    with pytest.raises(MediaError):
        decoder.decode(OpusPacket(b"\x03\x00", 0, duration=960))
    assert decoder.decode(packets[1]).sample_count == 960


def test_packets_of_other_encoders_are_decoded() -> None:
    two = OpusPacket(b"\xf9" + SILENCE[1:] * 2, 4800)
    pcm = OpusDecoder().decode(two)
    assert (two.duration, pcm.sample_count, pcm.pts) == (1920, 1920, 4800)
    stereo = OpusPacket(b"\xfc" + SILENCE[1:], 0)
    assert OpusDecoder().decode(stereo).channels == 1
