"""The web client's copy of the protocol is the one that ``antiphon.wire.browser`` speaks."""

import hashlib
import json
import re
from pathlib import Path

from antiphon.wire import browser

CLIENT = Path(__file__).parents[3] / "web" / "packages" / "client"
STALE = "run `npm run generate` in web/"


def test_the_schema_file_is_what_the_protocol_says_now() -> None:
    committed = json.loads((CLIENT / "protocol.schema.json").read_text())
    assert committed == browser.schema(), STALE


def test_the_typescript_types_were_made_from_that_schema_file() -> None:
    made_from = re.search(
        r"^// schema sha256: ([0-9a-f]{64})$", (CLIENT / "src" / "protocol.ts").read_text(), re.MULTILINE
    )
    assert made_from is not None
    schema_text = (CLIENT / "protocol.schema.json").read_bytes()
    assert made_from.group(1) == hashlib.sha256(schema_text).hexdigest(), STALE
