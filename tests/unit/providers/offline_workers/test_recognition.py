import pytest

from antiphon.providers.offline_workers.recognition import MAX_COMPARED, agreement


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("abcd", "abcd", 1.0),
        ("abcd", "abxd", 0.75),
        ("abcd", "abd", 0.75),
        ("abcd", "wxyz", 0.0),
        ("", "ab", 0.0),
        ("", "", 0.0),
    ],
)
def test_agreement_is_one_less_the_edit_distance(one: str, other: str, expected: float) -> None:
    assert agreement(list(one), list(other)) == expected
    assert agreement(list(other), list(one)) == expected


def test_what_is_too_long_for_a_command_agrees_with_nothing() -> None:
    assert agreement(["a"] * (MAX_COMPARED + 1), ["a"] * (MAX_COMPARED + 1)) == 0.0
