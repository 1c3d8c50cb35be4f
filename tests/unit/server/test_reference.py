"""The reference pages say what is there, all of it and nothing else."""

import re
from pathlib import Path

from antiphon.server.app import create_app
from antiphon.settings import Settings
from tests.unit.server.world import agent, web_app

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
NOT_IN_THE_DOCUMENT = {"GET /", "GET /openapi.json"}


def first_table(page: str) -> dict[str, list[str]]:
    """The rows of the page's first table by their first cell, which is code."""
    text = (REFERENCE / page).read_text("utf-8")
    table = re.search(r"^\|---.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert table is not None
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.group(1).splitlines()]
    return {row[0].strip("| `"): row[1:] for row in rows}


def test_every_setting_is_there_with_its_default_and_its_meaning() -> None:
    rows = first_table("settings.md")
    assert set(rows) == {f"ANTIPHON_{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        default, meaning = rows[f"ANTIPHON_{name.upper()}"]
        assert meaning == field.description
        if name != "database_url":  # which depends on the machine
            value = field.get_default(call_default_factory=True)
            assert default == ("not set" if value is None else f"`{value}`"), name


def test_every_route_is_there(tmp_path: Path) -> None:
    document = create_app([agent()], Settings(static_dir=web_app(tmp_path))).openapi()
    routes = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    rows = first_table("http.md")
    assert set(rows) == routes | NOT_IN_THE_DOCUMENT
    assert all(cells[0] for cells in rows.values())


def test_every_field_of_a_body_is_there(tmp_path: Path) -> None:
    document = create_app([agent()], Settings(static_dir=web_app(tmp_path))).openapi()
    rows = first_table("http.md")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content is None:
                continue
            schema = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
            (shown,) = rows[f"{method.upper()} {path}"]
            for name in schema["properties"]:
                assert f"`{name}`" in shown or f"`{name}?`" in shown, f"{method} {path}: {name}"
