"""Cutting a stream of text into pieces worth speaking: whole sentences, the first one as early as it sounds natural.

Pure. Knows nothing of models or sound.
"""

import re

_END = re.compile(r"[.!?…。！？]+[\"')\]]*(?=\s)|\n+")
_ABBREVIATION = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|vs|etc|e\.g|i\.e|No|approx|[A-Z])\.$")
MAX_CHARS = 280
"""A longer sentence is cut at its last comma, or failing that at a space, so that sound need not wait for it."""


class SentenceCutter:
    """``push`` text as it comes, ``flush`` at the end; both return the pieces that are ready, stripped, never empty."""

    def __init__(self) -> None:
        self._text = ""

    def push(self, text: str) -> list[str]:
        self._text += text
        pieces: list[str] = []
        while (end := self._cut()) is not None:
            piece, self._text = self._text[:end].strip(), self._text[end:]
            if piece:
                pieces.append(piece)
        return pieces

    def flush(self) -> list[str]:
        piece, self._text = self._text.strip(), ""
        return [piece] if piece else []

    def _cut(self) -> int | None:
        for match in _END.finditer(self._text):
            if not _ABBREVIATION.search(self._text[: match.end()].rstrip()):
                return match.end()
        if len(self._text) <= MAX_CHARS:
            return None
        comma = max(self._text.rfind(mark, 0, MAX_CHARS) for mark in (", ", "; ", ": "))
        if comma > 0:
            return comma + 1
        space = self._text.rfind(" ", 0, MAX_CHARS)
        return space if space > 0 else MAX_CHARS
