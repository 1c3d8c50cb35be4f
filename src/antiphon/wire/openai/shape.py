"""What every object of the protocol has in common: what is kept of it, what is written of it.

Owns two rules. Reading: fields that are not known are kept, because the service adds fields over time. Writing: what
was set is written, ``null`` included, and what was not set is left out, so that absent and ``null`` stay two things
and a frame that was read is written back as it was. Knows no event.
"""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    Strict,
    ValidationError,
    model_serializer,
)
from pydantic_core import ErrorDetails

JsonObject = dict[str, Any]
Flag = Annotated[bool, Strict()]
Index = Annotated[int, Strict(), Field(ge=0)]
Milliseconds = Annotated[int, Strict()]
"""Whole milliseconds: of the session's input timeline, or within one item. Whether it may be negative is the rule of
the machine that reads it."""


class Shape(BaseModel):
    """An object on the wire. ``type`` and ``object`` are always written; any other field when it was set."""

    model_config = ConfigDict(extra="allow", frozen=True)

    no_nulls: ClassVar[bool] = False
    """True for the objects in which strict clients refuse ``null``: there, None is left out."""

    @model_serializer(mode="wrap")
    def _as_set(self, write: SerializerFunctionWrapHandler) -> JsonObject:
        written: JsonObject = write(self)
        present = self.model_fields_set
        return {
            name: value
            for name, value in written.items()
            if (name in present and not (self.no_nulls and value is None))
            or (name in ("type", "object") and value is not None)
        }

    def filled(self) -> Self:
        """The same with its defaults set, so that they are written too."""
        return self.model_copy(update=dict(self))

    def wire(self) -> JsonObject:
        """The object as JSON values, ready to be written."""
        return self.model_dump(mode="json")


def unknown_fields(value: object, path: str) -> Iterator[str]:
    """The paths of the fields that no shape knows, depth first: ``session.audio.input.colour``."""
    if isinstance(value, Shape):
        for name, entry in value:
            if name in (value.model_extra or ()):
                yield f"{path}.{name}"
            else:
                yield from unknown_fields(entry, f"{path}.{name}")
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from unknown_fields(entry, f"{path}[{index}]")


def first_fault(error: ValidationError, raw: object) -> tuple[ErrorDetails, str]:
    """The first fault pydantic found and its place in ``raw`` as the service writes it: ``session.tools[0].name``.

    Pydantic's own locations also name the members of unions; those are not in the frame and are left out.
    """
    fault = error.errors(include_url=False, include_input=False)[0]
    path = ""
    for part in fault["loc"]:
        if isinstance(part, int) and isinstance(raw, list) and part < len(raw):
            path, raw = f"{path}[{part}]", raw[part]
        elif isinstance(raw, dict) and part in raw:
            path, raw = f"{path}.{part}", raw[part]
        elif fault["type"] == "missing" and part == fault["loc"][-1]:
            path = f"{path}.{part}"
    return fault, path.removeprefix(".")
