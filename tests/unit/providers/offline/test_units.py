from decimal import Decimal

import pytest

from antiphon.errors import ToolError
from antiphon.providers.offline.units import convert, named


@pytest.mark.parametrize(
    ("value", "source", "target", "result"),
    [
        ("10", "miles", "kilometers", "16.0934"),
        ("1", "foot", "inches", "12"),
        ("5", "feet", "cm", "152.4"),
        ("3", "pounds", "kg", "1.3608"),
        ("16", "oz", "lb", "1"),
        ("0", "celsius", "fahrenheit", "32"),
        ("100", "degrees celsius", "f", "212"),
        ("-40", "fahrenheit", "celsius", "-40"),
        ("72", "F", "C", "22.2222"),
        ("2", "gallons", "liters", "7.5708"),
    ],
)
def test_conversions(value: str, source: str, target: str, result: str) -> None:
    assert round(convert(Decimal(value), named(source), named(target)), 4) == Decimal(result)


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ToolError, match="Miles cannot be turned into pounds"):
        convert(Decimal(1), named("miles"), named("pounds"))
    with pytest.raises(ToolError, match="furlong"):
        named("furlong")
