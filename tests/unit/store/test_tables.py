"""The column types: what goes in comes out as promised, on either database."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from antiphon.store.tables import AnyText, UtcDateTime

DIALECTS = [SQLiteDialect(), PGDialect()]  # type: ignore[no-untyped-call]
BOTH = pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])


@BOTH
def test_moments_are_kept_in_utc_and_come_back_aware(dialect: SQLiteDialect | PGDialect) -> None:
    moment = datetime(2026, 11, 20, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    stored = UtcDateTime().process_bind_param(moment, dialect)
    assert stored is not None
    assert stored.replace(tzinfo=UTC) == moment
    assert UtcDateTime().process_result_value(stored, dialect) == moment
    assert UtcDateTime().process_result_value(moment, dialect) == moment


@BOTH
def test_a_moment_without_a_time_zone_is_refused(dialect: SQLiteDialect | PGDialect) -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 11, 20), dialect)  # noqa: DTZ001


@given(st.text(st.characters()))
def test_any_text_can_be_stored_and_good_text_is_not_changed(text: str) -> None:
    stored = AnyText().process_bind_param(text, SQLiteDialect())
    assert stored is not None
    assert "\0" not in stored
    stored.encode()
    if "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text):
        assert stored == text
