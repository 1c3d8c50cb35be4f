"""What a line of the log looks like: its words, then its fields as ``key=value``."""

import json
import logging

_OWN = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName", "color_message"}


def show_logs(level: int) -> None:
    """On standard error, from this level up."""
    shown = logging.StreamHandler()
    shown.setFormatter(Lines())
    logging.basicConfig(level=level, handlers=[shown])


class Lines(logging.Formatter):
    """``log.info("joined", extra={"session": id})`` is shown as ``… joined session=…``, always on one line."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        fields = {name: value for name, value in record.__dict__.items() if name not in _OWN}
        return " ".join([super().formatMessage(record), *(f"{name}={_shown(value)}" for name, value in fields.items())])


def _shown(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and " " not in text else json.dumps(text)
