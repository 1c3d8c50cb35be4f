"""Draws the state diagrams of ``docs/explanation/dialogue.md`` from the tables in ``antiphon.dialogue.turns``.

Run as ``python docs/diagrams.py`` it brings the page up to date. A test fails while the page is not.
"""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TypeVar

from antiphon.dialogue.turns import AGENT, PERSON, AgentTurn, Person

S = TypeVar("S", bound=Enum)
M = TypeVar("M", bound=Enum)

PAGE = Path(__file__).parent / "explanation" / "dialogue.md"


def diagram(table: Mapping[tuple[S, M], S], first: S) -> str:
    """Mermaid text: one arrow for each pair of states, with all the moves that lead along it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (state, move), target in table.items():
        arrows.setdefault((state.value, target.value), []).append(move.value)
    lines = [f"  {state} --> {target}: {', '.join(moves)}" for (state, target), moves in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"  [*] --> {first.value}", *lines, "```"])


def drawn(page: str) -> str:
    """The page with its diagrams as the tables are now; each stands between ``<!-- NAME -->`` and ``<!-- end -->``."""
    for name, text in {"person": diagram(PERSON, Person.SILENT), "agent": diagram(AGENT, AgentTurn.IDLE)}.items():
        before, start, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not start or not end:
            raise SystemExit(f"{PAGE} has no place for the diagram {name!r}.")
        page = f"{before}{start}{text}\n{end}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text("utf-8")), "utf-8")
