"""Tokens of sound, and their sums."""

from antiphon.wire.openai.usage import Counted, usage


def test_the_turn_that_was_seen_on_the_wire_cost_27_tokens() -> None:
    assert usage(Counted(audio_in_ms=2_796)).input_tokens == 27


def test_sums_and_details() -> None:
    counted = Counted(text_in=10, audio_in_ms=1_000, images_in=5, text_out=7, audio_out_ms=990)
    assert usage(counted).wire() == {
        "total_tokens": 51,
        "input_tokens": 25,
        "output_tokens": 26,
        "input_token_details": {
            "text_tokens": 10,
            "audio_tokens": 10,
            "image_tokens": 5,
            "cached_tokens": 0,
            "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": 7, "audio_tokens": 19},
    }
