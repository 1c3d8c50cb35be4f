from antiphon.dialogue.turns import PERSON, Person, PersonMove
from docs.diagrams import PAGE, diagram, drawn


def test_the_page_shows_the_tables_as_they_are() -> None:
    page = PAGE.read_text("utf-8")
    assert drawn(page) == page, "run: python docs/diagrams.py"


def test_a_diagram_has_every_move() -> None:
    text = diagram({**PERSON, (Person.SILENT, PersonMove.DISCARD): Person.PAUSED}, Person.SILENT)
    assert "  silent --> paused: discard" in text
    assert "  paused --> silent: commit, discard" in text
    assert text.count("-->") == 7 + 1
