import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from antiphon.errors import AudioFormatError
from antiphon.media.pcm import PcmData


@dataclass
class Wrapped:
    data: bytes


class Body(Wrapped):
    """An object with ``.data`` that can be iterated too, as HTTP responses can."""

    def __iter__(self) -> Iterator[bytes]:
        yield self.data


def test_from_response_of_one_piece() -> None:
    for response in (
        b"\x01\x00\x02\x00",
        bytearray(b"\x01\x00\x02\x00"),
        Wrapped(b"\x01\x00\x02\x00"),
        Body(b"\x01\x00\x02\x00"),
    ):
        assert PcmData.from_response(response, 24_000).samples.tolist() == [1, 2]


@given(data=hnp.arrays(np.int16, st.integers(0, 100)), cuts=st.lists(st.integers(0, 200), max_size=6))
def test_from_response_of_a_stream_cut_anywhere(data: np.ndarray, cuts: list[int]) -> None:
    raw = data.tobytes()
    edges = sorted({0, len(raw), *(c for c in cuts if c < len(raw))})
    pieces = [Wrapped(raw[a:b]) for a, b in itertools.pairwise(edges)]
    parts = list(PcmData.from_response(iter(pieces), 24_000))
    assert b"".join(p.to_bytes() for p in parts) == raw
    assert [p.pts for p in parts] == [sum(q.sample_count for q in parts[:i]) for i in range(len(parts))]


async def test_from_response_of_an_async_stream() -> None:
    async def stream() -> AsyncIterator[bytes]:
        for piece in (b"\x01", b"\x00\x02\x00\x03", b"\x00"):
            yield piece

    parts = [p async for p in PcmData.from_response(stream(), 24_000)]
    assert [p.samples.tolist() for p in parts] == [[1, 2], [3]]


@pytest.mark.parametrize("response", ["text", 5, np.zeros(4, np.int16), Wrapped("text")])  # type: ignore[arg-type]
def test_from_response_refuses_what_is_not_bytes(response: object) -> None:
    with pytest.raises(AudioFormatError, match="sound comes as bytes"):
        list(PcmData.from_response(response, 24_000))  # type: ignore[call-overload]


def test_from_response_says_when_a_stream_ends_inside_a_sample() -> None:
    parts = PcmData.from_response(iter([b"\x01\x00\x02"]), 24_000)
    assert next(parts).samples.tolist() == [1]
    with pytest.raises(AudioFormatError, match="ended inside a frame"):
        next(parts)
