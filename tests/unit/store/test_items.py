"""Titles and previews from what was said."""

import pytest

from antiphon.store.items import StoredItem, first_words, latest_words


def user(text: str, final: bool = True) -> StoredItem:
    return StoredItem("u", "user", 0.0, text, final=final)


def agent(text: str, final: bool = True) -> StoredItem:
    return StoredItem("a", "agent", 0.0, text, final=final)


def test_the_title_is_the_first_final_words_of_a_person() -> None:
    assert first_words(
        [agent("Hello!"), user("what", final=False), user("  "), user("what time\nis it"), user("no")]
    ) == ("what time is it")


def test_the_preview_is_the_last_final_words_of_anyone() -> None:
    line = [user("what time is it"), agent("It is noon."), StoredItem("t", "tool", 0.0), user("an", final=False)]
    assert latest_words(line) == "It is noon."


def test_nothing_said() -> None:
    assert first_words([]) is None
    assert latest_words([StoredItem("s", "system", 0.0, "Timer!"), user("")]) is None


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("twelve words " * 10, "twelve words twelve words twelve words twelve words twelve…"),
    ],
)
def test_long_words_are_cut_at_a_word_where_there_is_one(text: str, title: str) -> None:
    assert first_words([user(text)]) == title
    assert len(title) <= 60
