"""Units of measure: their names, and one value in another unit. Pure. Factors are exact by definition (NIST SP 811)."""

from dataclasses import dataclass
from decimal import Decimal

from antiphon.errors import ToolError


@dataclass(frozen=True, slots=True)
class Unit:
    """``value * factor + offset`` is the value in the base unit of its ``kind``."""

    singular: str
    plural: str
    kind: str
    factor: Decimal
    offset: Decimal = Decimal(0)


def _unit(names: str, kind: str, factor: str, offset: str = "0") -> dict[str, Unit]:
    """``names``: singular, plural, then short forms."""
    singular, plural, *short = names.split("|")
    unit = Unit(singular, plural, kind, Decimal(factor), Decimal(offset))
    return dict.fromkeys((singular, plural, *short), unit)


UNITS: dict[str, Unit] = {
    **_unit("mile|miles|mi", "length", "1609.344"),
    **_unit("kilometer|kilometers|km|kms|kilometre|kilometres", "length", "1000"),
    **_unit("meter|meters|m|metre|metres", "length", "1"),
    **_unit("centimeter|centimeters|cm|centimetre|centimetres", "length", "0.01"),
    **_unit("millimeter|millimeters|mm|millimetre|millimetres", "length", "0.001"),
    **_unit("yard|yards|yd|yds", "length", "0.9144"),
    **_unit("foot|feet|ft", "length", "0.3048"),
    **_unit("inch|inches|in", "length", "0.0254"),
    **_unit("pound|pounds|lb|lbs", "weight", "0.45359237"),
    **_unit("kilogram|kilograms|kg|kgs|kilo|kilos", "weight", "1"),
    **_unit("gram|grams|g", "weight", "0.001"),
    **_unit("ounce|ounces|oz", "weight", "0.028349523125"),
    **_unit("degree celsius|degrees celsius|celsius|c|°c|centigrade", "temperature", "1"),
    **_unit("degree fahrenheit|degrees fahrenheit|fahrenheit|f|°f", "temperature", str(Decimal(5) / 9), "-32"),
    **_unit("liter|liters|l|litre|litres", "volume", "1"),
    **_unit("milliliter|milliliters|ml|millilitre|millilitres", "volume", "0.001"),
    **_unit("gallon|gallons|gal", "volume", "3.785411784"),
    **_unit("pint|pints|pt", "volume", "0.473176473"),
}


def named(name: str) -> Unit:
    """The unit of that name, singular, plural or short. Raises ``ToolError`` when there is none."""
    unit = UNITS.get(" ".join(name.lower().split()))
    if unit is None:
        raise ToolError(f"I do not know the unit {name!r}.")
    return unit


def convert(value: Decimal, source: Unit, target: Unit) -> Decimal:
    """Raises ``ToolError`` when one cannot become the other."""
    if source.kind != target.kind:
        raise ToolError(f"{source.plural} cannot be turned into {target.plural}.".capitalize())
    # A temperature's offset is taken off before its factor: (F - 32) * 5/9.
    return (value + source.offset) * source.factor / target.factor - target.offset
