"""What a response cost, in the service's units: one token for 100 ms heard, one for 50 ms spoken.

Owns that arithmetic. Tokens of text are counted by whoever runs the model and are given; what nobody counted is 0 here,
not a guess. Nothing is cached.
"""

from dataclasses import dataclass

from antiphon.wire.openai.response_shape import CachedTokens, InputTokens, OutputTokens, Usage

INPUT_MS_PER_TOKEN = 100
OUTPUT_MS_PER_TOKEN = 50


@dataclass(frozen=True, slots=True)
class Counted:
    """What went into a response and came out of it: text in tokens as the model counted them, sound in milliseconds."""

    text_in: int = 0
    audio_in_ms: int = 0
    images_in: int = 0
    text_out: int = 0
    audio_out_ms: int = 0


def usage(counted: Counted) -> Usage:
    """``images_in`` is in tokens too."""
    audio_in = counted.audio_in_ms // INPUT_MS_PER_TOKEN
    audio_out = counted.audio_out_ms // OUTPUT_MS_PER_TOKEN
    entered = counted.text_in + audio_in + counted.images_in
    left = counted.text_out + audio_out
    return Usage(
        total_tokens=entered + left,
        input_tokens=entered,
        output_tokens=left,
        input_token_details=InputTokens(
            text_tokens=counted.text_in,
            audio_tokens=audio_in,
            image_tokens=counted.images_in,
            cached_tokens=0,
            cached_tokens_details=CachedTokens(text_tokens=0, audio_tokens=0, image_tokens=0),
        ),
        output_token_details=OutputTokens(text_tokens=counted.text_out, audio_tokens=audio_out),
    )
