"""Finding the agent that a command line names: ``file.py:name`` or ``module:name``."""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from antiphon.agent import Agent
from antiphon.errors import ConfigurationError


def load_agent(reference: str) -> Agent:
    """Import it. Raises ``ConfigurationError`` for a reference that leads nowhere; what the imported code itself
    raises goes through."""
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
    spec = importlib.util.spec_from_file_location(path.stem, path.resolve())
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{path} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    sys.path.insert(0, str(path.resolve().parent))
    spec.loader.exec_module(module)
    return module


def _from_module(name: str) -> ModuleType:
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and name.startswith(error.name):
            raise ConfigurationError(f"There is no module {name!r}.") from error
        raise
