"""One line a record, its fields at the end."""

import logging

from antiphon.server.logs import Lines


def line(message: str, **fields: object) -> str:
    return Lines().format(logging.makeLogRecord({"name": "antiphon", "levelname": "INFO", "msg": message, **fields}))


def test_fields_are_shown_after_the_words() -> None:
    assert line("joined", session="sess_1", ms=12).endswith("INFO antiphon: joined session=sess_1 ms=12")


def test_a_record_without_fields_is_its_words() -> None:
    assert line("joined").endswith("INFO antiphon: joined")


def test_a_field_cannot_begin_a_line_of_its_own() -> None:
    shown = line("failed", path="/a\n2026-11-20 INFO antiphon: all is well")
    assert "\n" not in shown
    assert shown.endswith(r'path="/a\n2026-11-20 INFO antiphon: all is well"')
