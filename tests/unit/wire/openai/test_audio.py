"""Base64, sample sizes, limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.wire.openai.audio import MAX_APPEND_BYTES, PCM, AudioFormat, decoded, decoded_length, encoded
from antiphon.wire.openai.errors import Code, WireError

G711 = AudioFormat(type="audio/pcmu")


@given(data=st.binary(max_size=100))
def test_what_is_encoded_is_decoded_and_its_length_is_known_beforehand(data: bytes) -> None:
    assert decoded(encoded(data), G711) == data
    assert decoded_length(encoded(data)) == len(data)


@pytest.mark.parametrize("text", ["####", "AAA", "AAAA=", "A A A A", "ÄÖÜß"])
def test_what_is_not_base64_is_refused(text: str) -> None:
    with pytest.raises(WireError) as caught:
        decoded(text, PCM)
    assert (caught.value.code, caught.value.param) == (Code.INVALID_VALUE, "audio")


def test_half_a_sample_is_refused_in_pcm_and_a_whole_one_in_g711() -> None:
    with pytest.raises(WireError):
        decoded(encoded(b"abc"), PCM)
    assert decoded(encoded(b"abc"), G711) == b"abc"


def test_more_than_fifteen_mebibytes_are_refused() -> None:
    assert len(decoded(encoded(bytes(MAX_APPEND_BYTES)), PCM)) == MAX_APPEND_BYTES
    with pytest.raises(WireError):
        decoded(encoded(bytes(MAX_APPEND_BYTES + 2)), PCM)


def test_bytes_of_a_millisecond() -> None:
    assert (PCM.bytes_per_ms, G711.bytes_per_ms) == (48, 8)
