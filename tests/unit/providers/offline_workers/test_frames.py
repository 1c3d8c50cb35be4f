import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.providers.offline_workers.frames import HEADER, MAX_PAYLOAD, Frame, Kind, Unpacker

frames = st.builds(Frame, st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=50))


@given(st.lists(frames, max_size=8), st.lists(st.integers(1, 20), min_size=1))
def test_frames_survive_any_cutting(sent: list[Frame], cuts: list[int]) -> None:
    data = b"".join(frame.pack() for frame in sent)
    unpacker, received, at, turn = Unpacker(), list[Frame](), 0, 0
    while at < len(data):
        size = cuts[turn % len(cuts)]
        received += unpacker.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    assert received == sent


@pytest.mark.parametrize("header", [(MAX_PAYLOAD + 1, 1, Kind.SOUND), (0, 1, 99)])
def test_a_stream_that_is_none_of_ours_is_refused(header: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"frame|Kind"):
        Unpacker().feed(HEADER.pack(*header))
