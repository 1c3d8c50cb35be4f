import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from antiphon.errors import AudioFormatError, MediaError
from antiphon.media.levels import SILENCE_DBFS
from antiphon.media.mixer import MixedFrame, Mixer
from antiphon.media.pcm import PcmData
from tests.unit.media.sounds import joined, level_at, tone

FRAME = 480


def mixer(*participants: str) -> Mixer:
    made = Mixer()
    for participant in participants:
        made.join(participant)
    return made


def run(mix: Mixer, **voices: PcmData) -> list[MixedFrame]:
    """All voices in step, a frame a tick."""
    count = max(pcm.sample_count for pcm in voices.values()) // FRAME
    frames = []
    for i in range(count):
        for name, pcm in voices.items():
            mix.push(name, pcm.slice(i * FRAME, (i + 1) * FRAME))
        frames.append(mix.tick())
    return frames


def speech(hertz: float = 440, amplitude: float = 0.3, seconds: float = 0.5) -> PcmData:
    return tone(hertz, 24_000, seconds, amplitude)


@given(hnp.arrays(np.int16, st.integers(1, 6).map(lambda n: n * FRAME)))
def test_a_mix_of_one_is_that_one(samples: np.ndarray) -> None:
    pcm = PcmData.from_numpy(samples, 24_000)
    assert joined([f.pcm for f in run(mixer("ada"), ada=pcm)]) == PcmData(pcm.samples, 24_000, pts=0)


@given(st.lists(hnp.arrays(np.int16, FRAME, elements=st.integers(-9000, 9000)), min_size=1, max_size=3))
def test_voices_are_summed_not_averaged(voices: list[np.ndarray]) -> None:
    names = [str(i) for i in range(len(voices))]
    mix = mixer(*names)
    for name, voice in zip(names, voices, strict=True):
        mix.push(name, PcmData.from_numpy(voice, 24_000))
    frame = mix.tick()
    assert frame.pcm.samples.tolist() == np.sum(voices, axis=0, dtype=int).tolist()
    for i, name in enumerate(names):
        others = [v for j, v in enumerate(voices) if j != i]
        expected = np.sum(others, axis=0, dtype=int) if others else np.zeros(FRAME, int)
        assert frame.minus(name).samples.tolist() == expected.tolist()


def test_loud_voices_are_limited_and_never_wrap() -> None:
    a, b = speech(440, 0.9), speech(1000, 0.9)
    heard = joined([f.pcm for f in run(mixer("ada", "bo"), ada=a, bo=b)])
    wide = a.samples.astype(float) + b.samples
    samples = heard.samples.astype(float)
    assert np.corrcoef(wide, samples)[0, 1] > 0.99  # a wrapped sum would be noise
    # Turned down, not clipped: both tones are there and what clipping adds is not.
    assert level_at(heard, 440) == pytest.approx(level_at(heard, 1000), abs=0.5)
    assert level_at(heard, 440) > -8
    assert level_at(heard, 1560) < -40  # 2 x 1000 - 440


def test_the_limiter_lets_go_again() -> None:
    mix = mixer("ada", "bo")
    run(mix, ada=speech(440, 0.9), bo=speech(1000, 0.9))
    quiet = speech(440, 0.3, 3.0)
    frames = run(mix, ada=quiet)
    assert np.array_equal(frames[-1].pcm.samples, quiet.samples[-FRAME:])
    steps = np.abs(np.diff(joined([f.pcm for f in frames]).samples.astype(int)))
    assert steps.max() <= np.abs(np.diff(quiet.samples.astype(int))).max() + 1  # no clicks on the way


def test_the_limiter_does_not_click_when_it_begins() -> None:
    low = PcmData.from_numpy(np.full(4800, 0.9), 24_000, format="s16")
    late = PcmData(np.concatenate([np.zeros(2400, np.int16), low.samples[2400:]]), 24_000)
    heard = joined([f.pcm for f in run(mixer("ada", "bo"), ada=low, bo=late)])
    assert heard.samples.max() <= 32767
    assert heard.samples.min() > 0


def test_stale_audio_is_never_repeated() -> None:
    mix = mixer("ada", "bo")
    mix.push("ada", speech(seconds=0.02))
    assert mix.tick().pcm.samples.any()
    for _ in range(5):
        mix.push("bo", PcmData.silence(FRAME, 24_000))
        frame = mix.tick()
        assert not frame.pcm.samples.any()
        assert "ada" not in frame.voices


def test_a_fast_clock_cannot_make_the_delay_grow() -> None:
    mix = mixer("ada")
    pcm = speech(seconds=0.02)
    for _ in range(200):  # two frames come for each that is taken
        mix.push("ada", pcm)
        mix.push("ada", pcm)
        mix.tick()
    left = 0
    while mix.tick().pcm.samples.any():
        left += 1
    assert left <= 120 // 20
    assert mix.dropped_ms("ada") == 400 * 20 - 200 * 20 - left * 20


def test_a_burst_is_made_up_for_in_the_next_pause() -> None:
    mix = mixer("ada")
    for pcm in (*[PcmData.silence(FRAME, 24_000)] * 4, speech(seconds=0.02)):
        mix.push("ada", pcm)
    ticks = 1
    while not mix.tick().pcm.samples.any():
        ticks += 1
    assert ticks == 3  # instead of 5: pauses are left out while a frame more than needed waits


def test_half_a_frame_waits_for_the_other_half() -> None:
    mix, pcm = mixer("ada"), speech(seconds=0.2)
    heard = [mix.tick().pcm for part in pcm.chunks(FRAME // 2) if mix.push("ada", part) == 0]
    assert [bool(f.samples.any()) for f in heard] == [False, True] * 10
    assert np.array_equal(joined(heard[1::2]).samples, pcm.samples)


def test_half_a_frame_with_nothing_after_it_is_heard_at_once_and_once() -> None:
    mix = mixer("ada")
    mix.push("ada", PcmData.from_numpy(np.full(100, 0.5), 24_000, format="s16"))
    assert [int(np.count_nonzero(mix.tick().pcm.samples)) for _ in range(4)] == [0, 100, 0, 0]


def test_levels_and_the_active_speaker() -> None:
    mix = mixer("ada", "bo", "cy")
    frames = run(mix, ada=speech(amplitude=0.3), bo=speech(amplitude=0.02))
    assert {f.active_speaker for f in frames} == {"ada"}
    assert frames[-1].levels["ada"] == pytest.approx(-13.5, abs=0.3)
    assert frames[-1].levels["bo"] == pytest.approx(-37, abs=0.3)
    assert frames[-1].levels["cy"] == SILENCE_DBFS
    frames = run(mix, ada=PcmData.silence(24_000, 24_000), bo=speech(amplitude=0.02, seconds=1))
    assert frames[0].active_speaker == "ada"  # a breath does not lose the floor
    assert frames[-1].active_speaker == "bo"
    silent = [mix.tick().active_speaker for _ in range(50)]
    assert silent[-1] is None


def test_two_alike_do_not_flicker() -> None:
    rng = np.random.default_rng(3)
    mix = mixer("ada", "bo")
    voices = [PcmData.from_numpy(rng.normal(0, 0.05, 48_000), 24_000, format="s16") for _ in range(2)]
    active = [f.active_speaker for f in run(mix, ada=voices[0], bo=voices[1])]
    assert len(set(active)) == 1


def test_joining_and_leaving() -> None:
    mix = mixer("ada", "bo")
    assert mix.participants == ("ada", "bo")
    mix.push("ada", speech(seconds=0.02))
    mix.leave("ada")
    mix.leave("ada")
    frame = mix.tick()
    assert not frame.pcm.samples.any()
    assert (frame.active_speaker, set(frame.levels)) == (None, {"bo"})
    with pytest.raises(MediaError, match="ada is not in the mix"):
        mix.push("ada", speech(seconds=0.02))
    mix.join("ada")
    assert not mix.tick().pcm.samples.any()


def test_the_active_speaker_leaves() -> None:
    mix = mixer("ada", "bo")
    run(mix, ada=speech(), bo=speech(amplitude=0.05))
    mix.leave("ada")
    assert run(mix, bo=speech(amplitude=0.05))[0].active_speaker == "bo"
    mix.leave("bo")
    assert mix.tick().active_speaker is None


@pytest.mark.parametrize("pcm", [PcmData.silence(10, 16_000), PcmData.silence(10, 24_000, 2)])
def test_other_rates_and_channels_are_refused(pcm: PcmData) -> None:
    with pytest.raises(AudioFormatError):
        mixer("ada").push("ada", pcm)


def test_an_empty_mix_is_silence_on_the_clock() -> None:
    mix = Mixer(48_000, 10)
    frames = [mix.tick() for _ in range(3)]
    assert [f.pcm.pts for f in frames] == [0, 480, 960]
    assert {f.pcm.sample_count for f in frames} == {480}
    assert not any(f.minus("ada").samples.any() for f in frames)
