"""How hard the dialogue is tested: ``pytest tests/scenarios --hypothesis-profile=dialogue-long`` tries far more."""

from hypothesis import settings

settings.register_profile("dialogue-long", settings.default, deadline=None, max_examples=20_000, derandomize=False)
