"""Wiring of pytest alone; the fixtures of each kind of test live in its own folder."""

from hypothesis import settings

# A slow machine is no failure: what a property costs is measured in benchmarks/, not here.
settings.register_profile("antiphon", settings.default, deadline=None)
settings.load_profile("antiphon")
