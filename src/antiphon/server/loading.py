"""Finding the agent that a command line names: ``file.py:name`` or ``module:name``."""

import importlib
import importlib.util
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from antiphon.agent import Agent
from antiphon.errors import ConfigurationError

log = logging.getLogger(__name__)

_MISTAKES = (
    ImportError, SyntaxError, NameError, AttributeError, TypeError, ValueError, LookupError, ArithmeticError, OSError,
    AssertionError, RuntimeError,
)  # fmt: skip
"""What goes wrong in code that somebody has just written."""


def load_agent(reference: str) -> Agent:
    """Import it. Raises ``ConfigurationError`` for a reference that leads nowhere, and for what goes wrong in the
    imported code, with its place."""
    where, _, name = reference.rpartition(":")
    if not where or not name.isidentifier():
        raise ConfigurationError(f"{reference!r} is not file.py:name or module:name.")
    module = _from_file(Path(where)) if where.endswith(".py") else _from_module(where)
    found = vars(module).get(name)
    if found is None:
        raise ConfigurationError(f"{where} has no {name!r}.")
    if not isinstance(found, Agent):
        raise ConfigurationError(f"{reference} is a {type(found).__name__}, not an Agent.")
    return found


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ConfigurationError(f"There is no file {path}.")
    spec = importlib.util.spec_from_file_location(f"antiphon_agent_{path.stem}", path.resolve())
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{path} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(path.resolve().parent))
    with _blaming(str(path)):
        spec.loader.exec_module(module)
    return module


def _from_module(name: str) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise ConfigurationError(f"{name!r} is neither a file that ends in .py nor the name of a module.")
    sys.path.insert(0, str(Path.cwd()))
    try:
        with _blaming(name):
            return importlib.import_module(name)
    except ConfigurationError as error:
        missing = error.__cause__
        if isinstance(missing, ModuleNotFoundError) and f"{name}.".startswith(f"{missing.name}."):
            raise ConfigurationError(f"There is no module {name!r}.") from missing
        raise


@contextmanager
def _blaming(what: str) -> Iterator[None]:
    """Say in one sentence where somebody's code went wrong; the whole traceback is for those who log everything."""
    try:
        yield
    except _MISTAKES as error:
        log.info("cannot import %s", what, exc_info=error)
        message = str(error)
        if not isinstance(error, SyntaxError):  # which says its place itself
            last = traceback.extract_tb(error.__traceback__)[-1]
            message += f" ({last.filename}, line {last.lineno})"
        raise ConfigurationError(f"{what} cannot be imported: {type(error).__name__}: {message}") from error
