from decimal import Decimal

import pytest

from antiphon.errors import ToolError
from antiphon.providers.offline.calculator import evaluate


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 * 6", "42"),
        ("0.1 + 0.2", "0.3"),
        ("(3+4)*2", "14"),
        ("10 - -5", "15"),
        ("12.5 / 100 * 80", "10"),
        ("2 ** 10", "1024"),
        ("sqrt(144)", "12"),
        ("17 % 5", "2"),
    ],
)
def test_sums(expression: str, value: str) -> None:
    assert evaluate(expression) == Decimal(value)


@pytest.mark.parametrize(
    "expression",
    [
        "", "1 / 0", "sqrt(-1)", "9 ** 9 ** 9 ** 9", "10 ** 2000", "__import__('os')", "a", "(lambda: 1)()",
        "1 if 1 else 2", "True + 1", "'a' * 3", "1j", "sqrt(1, 2)", "1 +" * 10, "(" * 150, "0 ** 0", "1 << 9",
        "9" * 300,
    ],
)  # fmt: skip
def test_what_is_no_sum_is_refused_in_words(expression: str) -> None:
    with pytest.raises(ToolError):
        evaluate(expression)
