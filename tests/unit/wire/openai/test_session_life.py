"""The end of a session by age."""

from antiphon.wire.openai.errors import Code
from antiphon.wire.openai.session_life import Lifetime


def test_an_hour_then_the_error_then_the_close() -> None:
    life = Lifetime(started=100.0)
    assert life.deadline() == 3_700.0
    assert life.expired(3_699.9) is None
    error = life.expired(3_700.0)
    assert error is not None
    assert (error.code, error.row.close) == (Code.SESSION_EXPIRED, 1001)
    assert "60 minutes" in error.message


def test_a_test_may_shorten_it() -> None:
    assert Lifetime(0.0, limit=0.5).expired(0.5) is not None
