"""Functions made into tools: what the model is told of one, and how its call is checked, run and answered.

Owns the schema from the signature and docstring, the checking of arguments and the form of results. Knows no session
and keeps no time: timeouts, cancellation and parallel calls belong to whoever runs the tools.
"""

import inspect
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Generic, Optional, overload

from antiphon.errors import ConfigurationError, ToolError
from antiphon.tools.context import ToolContext

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails
    from typing_extensions import ParamSpec, TypeVar

    P = ParamSpec("P", default=...)
    R = TypeVar("R", default=Any)
else:  # the defaults only let type checkers read a bare `Tool`; importing typing_extensions takes 20 ms
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

RESULT_LIMIT_BYTES = 16_000
TIMEOUT_S, BACKGROUND_TIMEOUT_S = 30.0, 600.0
_SHOWN_FAULTS = 8
_SHOWN_CHARS = 80
# The narrowest rule of the vendors, https://platform.openai.com/docs/api-reference/chat/create (tools.function.name).
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, eq=False)
class Tool(Generic[P, R]):
    """A function that a model may call; still callable by our own code as the function it was.

    ``parameters`` is a JSON Schema object. ``timeout_s`` is for the tool runner to keep: seconds one call may take.
    ``background``: the conversation goes on while it runs, and its result is brought into it.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    function: Callable[P, R]
    timeout_s: float
    background: bool
    _arguments: "type[BaseModel]"
    _context_parameter: str | None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    async def call(self, arguments: str, context: ToolContext) -> str:
        """Run the tool on the model's JSON ``arguments``; a function that is not ``async`` runs in a thread.

        Gives a ``str`` result as it is and any other as JSON, cut to 16 kB of UTF-8 (and saying so). Raises
        ``ToolError`` for arguments that do not fit and results that are not text. What the function itself raises goes
        through unchanged: the tool runner is the boundary that turns it into words. Cancelling the call leaves a thread
        to finish by itself, unheard.
        """
        values = self._validated(arguments)
        if self._context_parameter is not None:
            values[self._context_parameter] = context
        function: Callable[..., Any] = self.function
        if inspect.iscoroutinefunction(function):
            return result_text(await function(**values))
        from anyio import to_thread

        return result_text(await to_thread.run_sync(partial(function, **values), abandon_on_cancel=True))

    def _validated(self, arguments: str) -> dict[str, Any]:
        from pydantic import ValidationError

        try:
            # Some models send nothing at all to a tool without parameters.
            checked = self._arguments.model_validate_json(arguments if arguments.strip() else "{}")
        except ValidationError as error:
            faults = "; ".join(self._fault(detail) for detail in error.errors(include_url=False)[:_SHOWN_FAULTS])
            raise ToolError(f"{self.name} was not run, its arguments are wrong: {faults}") from error
        fields = self._arguments.model_fields
        return {str(fields[field].alias): value for field, value in checked}

    def _fault(self, detail: "ErrorDetails") -> str:
        """One fault of the arguments in words that name the parameter."""
        where = _shortened(".".join(str(part) for part in detail["loc"]))
        kind = detail["type"]
        if kind == "json_invalid":
            return detail["msg"]
        if not where:
            return "they must be a JSON object"
        if kind == "missing":
            return f"{where} is required"
        if kind == "extra_forbidden":
            known = ", ".join(self.parameters["properties"]) or "none"
            return f"{where} is not known" + (f" (the parameters are: {known})" if len(detail["loc"]) == 1 else "")
        return f"{where}: {detail['msg']} (got {_shortened(repr(detail['input']))})"


@overload
def tool(function: Callable[P, R], /) -> Tool[P, R]: ...
@overload
def tool(
    *, name: str | None = None, description: str | None = None, timeout: float | None = None, background: bool = False
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...
def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | None = None,
    background: bool = False,
) -> Any:
    """Make a function (sync or ``async``) a tool: ``@tool``, or ``@tool(name="look_up", timeout=5.0)``.

    The model sees the function's name, its docstring without the sections, and a JSON Schema of the parameters: types
    and defaults from the signature, descriptions from the docstring's ``Args:``. A parameter annotated ``ToolContext``
    is filled in and not shown. ``description`` replaces the docstring's. ``timeout`` is in seconds (30, in the
    background 600). Raises ``ConfigurationError`` for a function that cannot be a tool.

    ``background``: the model is told at once that it has started, the conversation goes on, an interruption does not
    stop it, and its result is brought into the conversation when it is ready.
    """
    if timeout is None:
        timeout = BACKGROUND_TIMEOUT_S if background else TIMEOUT_S

    def make(function: Callable[..., Any]) -> Tool[..., Any]:
        return _make(function, name, description, timeout, background)

    return make if function is None else make(function)


def result_text(result: object) -> str:
    """A tool's result as a model is to read it: at most 16 kB of text. Raises ``ToolError`` for what is not text."""
    from pydantic_core import to_json

    if isinstance(result, bytes | bytearray | memoryview):
        raise ToolError(f"the tool returned {type(result).__name__}, which cannot be read as text")
    if isinstance(result, str):
        data = result.encode(errors="replace")  # a lone surrogate cannot be sent to anyone
    else:
        try:
            data = to_json(result, inf_nan_mode="null")
        except ValueError as error:
            kind = type(result).__name__
            raise ToolError(f"the tool returned a {kind} that cannot be written as JSON: {error}") from error
    if len(data) <= RESULT_LIMIT_BYTES:
        return data.decode()
    head = data[:RESULT_LIMIT_BYTES].decode(errors="ignore")
    return f"{head}\n[cut: the first {RESULT_LIMIT_BYTES} of {len(data)} bytes]"


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "..."


def _make(
    function: Callable[P, R], name: str | None, description: str | None, timeout: float, background: bool
) -> Tool[P, R]:
    if isinstance(function, Tool):
        raise ConfigurationError(f"{function.name} is a tool already")
    if not inspect.isroutine(function):
        raise ConfigurationError(f"{function!r} cannot be a tool: it is not a function")
    name = function.__name__ if name is None else name
    check_name(name)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise ConfigurationError(f"tool {name}: a generator cannot be a tool")
    if not (math.isfinite(timeout) and timeout > 0):
        raise ConfigurationError(f"tool {name}: the timeout must be a positive number of seconds, not {timeout}")
    parameters = _parameters(name, function)
    contexts = [parameter.name for parameter in parameters if parameter.annotation is ToolContext]
    if len(contexts) > 1:
        raise ConfigurationError(f"tool {name}: two parameters are a ToolContext: {', '.join(contexts)}")
    documented, described = _documentation(name, function, {parameter.name for parameter in parameters})
    shown = [parameter for parameter in parameters if parameter.name not in contexts]
    arguments, schema = _arguments(name, function.__module__, shown, described)
    told = documented if description is None else description
    return Tool(name, told, schema, function, timeout, background, arguments, contexts[0] if contexts else None)


def check_name(name: str) -> None:
    """Raises ``ConfigurationError`` for a name that some vendor would refuse."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{name!r} cannot be a tool's name: letters, digits, _ and - only, at most 64")


def _parameters(name: str, function: Callable[..., Any]) -> list[inspect.Parameter]:
    """The function's parameters with their annotations evaluated."""
    try:
        parameters = list(inspect.signature(function, eval_str=True).parameters.values())
    except (NameError, AttributeError, SyntaxError, TypeError, ValueError) as error:
        raise ConfigurationError(f"tool {name}: its signature cannot be read: {error}") from error
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise ConfigurationError(
                f"tool {name}: {parameter} cannot be given by name, as a model gives it (no *args, **kwargs or /)"
            )
        if parameter.annotation is parameter.empty:
            raise ConfigurationError(f"tool {name}: parameter {parameter.name} has no type annotation")
    return parameters


def _documentation(name: str, function: Callable[..., Any], parameters: set[str]) -> tuple[str, dict[str, str]]:
    """The tool's description, and that of each parameter the docstring tells of."""
    from docstring_parser import DocstringStyle, ParseError, parse

    try:
        docstring = parse(inspect.getdoc(function) or "", DocstringStyle.GOOGLE)
    except ParseError as error:
        raise ConfigurationError(f"tool {name}: its docstring cannot be read: {error}") from error
    described: dict[str, str] = {}
    for parameter in docstring.params:
        if parameter.args[0] != "param":  # `Attributes:` and the like
            continue
        if parameter.arg_name not in parameters:
            raise ConfigurationError(f"tool {name}: its docstring tells of {parameter.arg_name}, which is no parameter")
        if parameter.arg_name in described:
            raise ConfigurationError(f"tool {name}: its docstring tells of {parameter.arg_name} twice")
        described[parameter.arg_name] = " ".join((parameter.description or "").split())
    return docstring.description or "", described


def _arguments(
    name: str, module: str, parameters: list[inspect.Parameter], described: dict[str, str]
) -> "tuple[type[BaseModel], dict[str, Any]]":
    """The model that checks the arguments, and its JSON Schema. Fields are numbered and the parameters' names their
    aliases, because a parameter may be called what a pydantic field may not (``json``, ``_x``)."""
    from pydantic import ConfigDict, Field, create_model
    from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError
    from pydantic.fields import FieldInfo
    from pydantic.json_schema import GenerateJsonSchema

    class Schema(GenerateJsonSchema):
        ignored_warning_kinds = frozenset({"skipped-choice", "non-serializable-default"})  # type: ignore[assignment]

        def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
            return False  # it only repeats the name

    try:
        fields: dict[str, Any] = {}
        for number, parameter in enumerate(parameters):
            optional = parameter.default is None
            annotation: Any = Optional[parameter.annotation] if optional else parameter.annotation  # noqa: UP045
            described_by = FieldInfo.from_annotation(parameter.annotation).description or described.get(parameter.name)
            annotated = Annotated[annotation, Field(alias=parameter.name, description=described_by)]
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[f"p{number}"] = (annotated, default)
        config = ConfigDict(extra="forbid")
        model = create_model(name, __config__=config, __module__=module, **fields)
        schema = model.model_json_schema(schema_generator=Schema)
    except (PydanticSchemaGenerationError, PydanticUserError) as error:
        raise ConfigurationError(f"tool {name}: {error.message}") from error
    del schema["title"]
    return model, {"properties": {}, **schema}
