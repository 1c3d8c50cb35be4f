"""Cutting text for a voice."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.models.pipeline.sentences import MAX_CHARS, SentenceCutter


def cut(*pieces: str) -> list[str]:
    cutter = SentenceCutter()
    found = [sentence for piece in pieces for sentence in cutter.push(piece)]
    return found + cutter.flush()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Hello there. How are you?", ["Hello there.", "How are you?"]),
        ("No end", ["No end"]),
        ("", []),
        ("   \n ", []),
        ("It costs 3.50 euros. Really.", ["It costs 3.50 euros.", "Really."]),
        ("Dr. Watson is here. Good.", ["Dr. Watson is here.", "Good."]),
        ("J. R. R. Tolkien wrote it. Yes.", ["J. R. R. Tolkien wrote it.", "Yes."]),
        ("Fruit, e.g. apples. Fine.", ["Fruit, e.g. apples.", "Fine."]),
        ('She said "Stop!" He did.', ['She said "Stop!"', "He did."]),
        ("What?! No... Yes.", ["What?!", "No...", "Yes."]),
        ("First line\nSecond line\n\nThird", ["First line", "Second line", "Third"]),
        ("See example.com for more. Bye.", ["See example.com for more.", "Bye."]),
        ("Hmm… well. Right.", ["Hmm…", "well.", "Right."]),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert cut(text) == sentences
    assert cut(*text) == sentences  # letter by letter it is the same


def test_a_sentence_is_ready_as_soon_as_what_follows_shows_that_it_ended() -> None:
    cutter = SentenceCutter()
    assert cutter.push("One.") == []  # 1.5?
    assert cutter.push(" ") == ["One."]
    assert cutter.push("Two is longer") == []
    assert cutter.flush() == ["Two is longer"]
    assert cutter.flush() == []


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("word " * 100, "word"),
        ("a clause of some length, " * 20, ","),
        ("x" * 700, "x"),
    ],
)
def test_a_sentence_without_end_is_cut_where_it_hurts_least(text: str, ends: str) -> None:
    pieces = cut(text)
    assert all(len(piece) <= MAX_CHARS for piece in pieces)
    assert all(piece.endswith(ends) for piece in pieces)


@given(st.lists(st.text(alphabet="ab D.!?…,;: \n\"')]1é", max_size=40), max_size=40))
def test_nothing_is_lost_added_or_reordered(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = cut(*pieces)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(piece == piece.strip() and piece for piece in found)


@given(st.text(alphabet="ab D.!? \n\"'", max_size=300), st.lists(st.integers(0, 300), max_size=10))
def test_where_the_stream_is_torn_does_not_matter(text: str, tears: list[int]) -> None:
    marks = [0, *sorted(min(tear, len(text)) for tear in tears), len(text)]
    torn = [text[start:end] for start, end in itertools.pairwise(marks)]
    assert cut(*torn) == cut(*text)
