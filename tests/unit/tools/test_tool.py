"""Tools from functions: what the model sees of them, how bad calls are refused, how results are put in words."""

import contextvars
import json
import threading
from dataclasses import FrozenInstanceError, dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, Any, Literal, Optional

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from antiphon.errors import ConfigurationError, ToolError
from antiphon.models.parts import ToolSpec
from antiphon.tools.context import Note, Reminder, ToolContext
from antiphon.tools.tool import RESULT_LIMIT_BYTES, Tool, tool


class NoNotes:
    async def add(self, text: str) -> Note:
        return Note(1, text, datetime.now(UTC))

    async def all(self) -> list[Note]:
        return []

    async def clear(self) -> int:
        return 0


class NoReminders:
    async def add(self, after_seconds: float, text: str) -> Reminder:
        return Reminder("r", datetime.now(UTC), text)

    async def cancel(self, reminder_id: str) -> bool:
        return False

    def pending(self) -> list[Reminder]:
        return []


CONTEXT = ToolContext("conv_1", datetime(2026, 11, 20, 12, 0, tzinfo=UTC), NoNotes(), NoReminders())


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Address(BaseModel):
    street: str
    number: int | None = None


@dataclass
class Point:
    x: float
    y: float


class Tree(BaseModel):
    children: list["Tree"] = []


@tool
async def order(
    what: Literal["tea", "coffee"],
    size: Size,
    to: Address,
    extras: list[str],
    note: Optional[str],  # noqa: UP045
    context: ToolContext,
    count: Annotated[int, Field(ge=1, le=9)] = 1,
    on: date = date(2026, 11, 20),
    json: bool | None = None,
) -> str:
    """Order a drink.

    It comes warm. Nothing is charged
    before it is there.

    Args:
        what: which drink
        size (Size): how much of it,
            by the cup
        to: where it goes
        context: not for the model

    Returns:
        What was ordered.
    """
    return f"{count} {size.value} {what} to {to.street} on {on} for {context.conversation_id}, {extras} {note} {json}"


def ping() -> None:
    """Answer."""


def properties(of: Tool) -> dict[str, Any]:
    found: dict[str, Any] = of.parameters["properties"]
    return found


class TestWhatTheModelSees:
    def test_it_is_a_tool_spec(self) -> None:
        spec: ToolSpec = order
        assert spec.name == "order"
        assert order.timeout_s == 30.0

    def test_the_description_is_the_docstring_without_its_sections(self) -> None:
        assert order.description == "Order a drink.\n\nIt comes warm. Nothing is charged\nbefore it is there."

    def test_the_schema_is_valid_closed_and_without_titles_of_parameters(self) -> None:
        Draft202012Validator.check_schema(order.parameters)
        assert order.parameters["type"] == "object"
        assert order.parameters["additionalProperties"] is False
        assert "title" not in order.parameters
        assert all("title" not in of for of in properties(order).values())
        assert json.loads(json.dumps(order.parameters)) == order.parameters

    def test_what_has_no_default_is_required_and_the_context_is_hidden(self) -> None:
        assert order.parameters["required"] == ["what", "size", "to", "extras", "note"]
        assert list(properties(order)) == ["what", "size", "to", "extras", "note", "count", "on", "json"]

    def test_every_kind_of_type(self) -> None:
        of = properties(order)
        assert of["what"] == {"description": "which drink", "enum": ["tea", "coffee"], "type": "string"}
        assert of["extras"] == {"items": {"type": "string"}, "type": "array"}
        assert of["note"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
        assert of["count"] == {"default": 1, "minimum": 1, "maximum": 9, "type": "integer"}
        assert of["on"] == {"default": "2026-11-20", "format": "date", "type": "string"}
        assert order.parameters["$defs"]["Size"]["enum"] == ["small", "large"]
        assert order.parameters["$defs"]["Address"]["required"] == ["street"]

    def test_descriptions_of_several_lines_are_joined_and_stand_beside_a_reference(self) -> None:
        assert properties(order)["size"] == {"$ref": "#/$defs/Size", "description": "how much of it, by the cup"}

    def test_an_annotated_description_wins_over_the_docstring(self) -> None:
        @tool
        def paint(colour: Annotated[str, Field(description="a CSS colour")]) -> None:
            """Paint.

            Args:
                colour: any
            """

        assert properties(paint)["colour"]["description"] == "a CSS colour"

    def test_a_default_of_none_makes_a_parameter_optional(self) -> None:
        @tool
        def find(limit: int = None) -> None:  # type: ignore[assignment]  # noqa: RUF013
            """Find."""

        assert properties(find)["limit"] == {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}

    def test_no_parameters_no_docstring(self) -> None:
        @tool
        def bare() -> None: ...

        assert bare.description == ""
        assert bare.parameters == {"type": "object", "properties": {}, "additionalProperties": False}

    def test_a_name_and_a_timeout_may_be_given(self) -> None:
        @tool(name="look-up", timeout=2.5)
        def f() -> None: ...

        assert (f.name, f.timeout_s) == ("look-up", 2.5)

    def test_annotations_as_text_and_recursive_models(self) -> None:
        def grow(tree: "Tree", size: "int" = 1) -> None:
            """Grow."""

        assert properties(tool(grow))["tree"] == {"$ref": "#/$defs/Tree"}

    def test_a_bound_method_is_a_tool_without_self(self) -> None:
        class Shop:
            def stock(self, of: str) -> str:
                return f"no {of}"

        assert list(properties(tool(Shop().stock))) == ["of"]

    def test_it_is_frozen_hashable_and_callable_as_before(self) -> None:
        @tool
        def double(n: int) -> int:
            return 2 * n

        assert double(4) == 8
        assert {double: 1}[double] == 1
        with pytest.raises(FrozenInstanceError):
            double.name = "other"  # type: ignore[misc]


class TestCalling:
    async def test_arguments_arrive_as_their_types(self) -> None:
        arguments = {"what": "tea", "size": "large", "to": {"street": "High St"}, "extras": ["milk"], "note": None}
        assert await order.call(json.dumps(arguments), CONTEXT) == (
            "1 large tea to High St on 2026-11-20 for conv_1, ['milk'] None None"
        )

    async def test_a_sync_function_runs_in_a_thread_and_keeps_its_context_variables(self) -> None:
        who = contextvars.ContextVar[str]("who")
        who.set("me")

        @tool
        def where() -> list[Any]:
            return [who.get(), threading.current_thread() is threading.main_thread()]

        assert await where.call("", CONTEXT) == '["me",false]'

    async def test_a_hanging_thread_does_not_hold_a_cancelled_call(self) -> None:
        release, started = threading.Event(), threading.Event()

        @tool
        def hang() -> None:
            started.set()
            release.wait(60)

        try:
            async with anyio.create_task_group() as group:
                group.start_soon(hang.call, "{}", CONTEXT)
                await anyio.to_thread.run_sync(started.wait)
                group.cancel_scope.cancel()
            assert not release.is_set()
        finally:
            release.set()

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ("{", "order was not run, its arguments are wrong: Invalid JSON: EOF while parsing an object"),
            ("tea please", "Invalid JSON"),
            ('"tea"', "they must be a JSON object"),
            ("[]", "they must be a JSON object"),
            ('{"what": "tea"}', "size is required; to is required; extras is required; note is required"),
            ('{"what": "milk"}', "what: Input should be 'tea' or 'coffee' (got 'milk')"),
            ('{"size": 3}', "size: Input should be 'small' or 'large' (got 3)"),
            ('{"to": {"number": 1}}', "to.street is required"),
            ('{"extras": [1]}', "extras.0: Input should be a valid string (got 1)"),
            ('{"count": 10}', "count: Input should be less than or equal to 9 (got 10)"),
            ('{"sugar": 1}', "sugar is not known (the parameters are: what, size, to, extras, note, count, on, json)"),
            ('{"context": {}}', "context is not known"),
            ('{"p0": "tea"}', "p0 is not known"),
        ],
    )
    async def test_bad_arguments_are_refused_in_words_that_name_them(self, arguments: str, said: str) -> None:
        with pytest.raises(ToolError) as caught:
            await order.call(arguments, CONTEXT)
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)

    async def test_a_flood_of_faults_is_told_in_short(self) -> None:
        with pytest.raises(ToolError) as caught:
            await order.call(json.dumps({"extras": [{"long": "x" * 1000}] * 1000, "y" * 1000: 1}), CONTEXT)
        assert len(str(caught.value)) < 3000

    @given(st.text() | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(json.dumps))
    def test_whatever_is_sent_is_a_result_or_a_tool_error(self, arguments: str) -> None:
        async def call() -> None:
            with pytest.raises(ToolError):
                await order.call(arguments, CONTEXT)

        anyio.run(call)

    async def test_what_the_tool_raises_goes_through(self) -> None:
        @tool
        async def fail() -> None:
            raise LookupError("no such thing")

        @tool
        def exhausted() -> object:
            return next(iter(()))

        with pytest.raises(LookupError, match="no such thing"):
            await fail.call("{}", CONTEXT)
        with pytest.raises(RuntimeError, match="StopIteration"):
            await exhausted.call("{}", CONTEXT)


class TestResults:
    @pytest.mark.parametrize(
        ("result", "text"),
        [
            ("plain", "plain"),
            ("", ""),
            (None, "null"),
            ({"a": [1, 2.5, True]}, '{"a":[1,2.5,true]}'),
            (float("nan"), "null"),
            (Address(street="High St"), '{"street":"High St","number":null}'),
            (Point(1, 2), '{"x":1,"y":2}'),
            ([Size.LARGE, date(2026, 1, 2)], '["large","2026-01-02"]'),
            ("lone \ud800", "lone ?"),
        ],
    )
    async def test_text_stays_and_the_rest_becomes_json(self, result: object, text: str) -> None:
        assert await returning(result).call("{}", CONTEXT) == text

    @pytest.mark.parametrize("result", [b"sound", bytearray(2), {"a": b"\xff"}, object(), {1: object()}])
    async def test_what_is_not_text_is_a_tool_error(self, result: object) -> None:
        with pytest.raises(ToolError, match=r"^the tool returned (a )?\w+"):
            await returning(result).call("{}", CONTEXT)

    async def test_a_result_that_contains_itself_is_a_tool_error(self) -> None:
        loop: list[Any] = []
        loop.append(loop)
        with pytest.raises(ToolError, match="cannot be written as JSON"):
            await returning(loop).call("{}", CONTEXT)

    async def test_a_megabyte_is_cut_and_says_so(self) -> None:
        text = await returning("é" * 500_000 + "!").call("{}", CONTEXT)
        assert text.endswith(f"é\n[cut: the first {RESULT_LIMIT_BYTES} of 1000001 bytes]")
        assert len(text.encode()) < RESULT_LIMIT_BYTES + 100

    async def test_the_limit_itself_is_not_cut(self) -> None:
        text = "x" * RESULT_LIMIT_BYTES
        assert await returning(text).call("{}", CONTEXT) == text


def returning(result: object) -> Tool:
    @tool
    async def give() -> object:
        return result

    return give


class TestBadDefinitions:
    def test_an_unannotated_parameter(self) -> None:
        def f(a, b: int) -> None: ...  # type: ignore[no-untyped-def]

        self.refused(f, "parameter a has no type annotation")

    def test_parameters_that_have_no_name_to_give(self) -> None:
        def star(*args: int) -> None: ...
        def stars(**kwargs: int) -> None: ...
        def slash(a: int, /) -> None: ...

        for f in (star, stars, slash):
            self.refused(f, "cannot be given by name")

    def test_two_contexts(self) -> None:
        def f(a: ToolContext, b: ToolContext) -> None: ...

        self.refused(f, "two parameters are a ToolContext: a, b")

    def test_a_docstring_of_another_function(self) -> None:
        def f(a: int) -> None:
            """F.

            Args:
                b: gone
            """

        def g(a: int) -> None:
            """G.

            Args:
                a: once
                a: twice
            """

        self.refused(f, "its docstring tells of b, which is no parameter")
        self.refused(g, "its docstring tells of a twice")

    def test_types_that_have_no_schema_or_do_not_exist(self) -> None:
        def opaque(a: threading.Lock) -> None: ...  # type: ignore[valid-type]
        def unknown(a: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821
        def deep(a: list["Nowhere"]) -> None: ...  # type: ignore[name-defined]  # noqa: F821

        self.refused(opaque, "tool opaque")
        self.refused(unknown, "its signature cannot be read: name 'Nowhere' is not defined")
        self.refused(deep, "Nowhere")

    def test_what_is_not_a_plain_function(self) -> None:
        def generator() -> Any:
            yield 1

        async def async_generator() -> Any:
            yield 1

        self.refused(lambda: 1, "'<lambda>' cannot be a tool's name")
        self.refused(generator, "a generator cannot be a tool")
        self.refused(async_generator, "a generator cannot be a tool")
        self.refused(Address, "is not a function")
        self.refused(order, "order is a tool already")

    @pytest.mark.parametrize("name", ["", "two words", "x" * 65, "naïve"])
    def test_a_bad_name(self, name: str) -> None:
        with pytest.raises(ConfigurationError, match="cannot be a tool's name"):
            tool(name=name)(ping)

    @pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan")])
    def test_a_bad_timeout(self, timeout: float) -> None:
        with pytest.raises(ConfigurationError, match="timeout must be a positive number"):
            tool(timeout=timeout)(ping)

    @staticmethod
    def refused(function: Any, said: str) -> None:
        with pytest.raises(ConfigurationError) as caught:
            tool(function)
        assert said in str(caught.value)


def test_a_background_tool_has_more_time() -> None:
    @tool(background=True)
    async def dig() -> str:
        """Dig."""
        return ""

    @tool(background=True, timeout=5, description="Dig deep.")
    async def delve() -> str:
        """Dig."""
        return ""

    assert (dig.background, dig.timeout_s, dig.description) == (True, 600.0, "Dig.")
    assert (delve.timeout_s, delve.description) == (5, "Dig deep.")
