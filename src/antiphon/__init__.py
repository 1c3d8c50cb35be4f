"""Antiphon: self-hosted realtime voice and video agents. The public names, nothing else."""

from antiphon.agent import Agent, User
from antiphon.errors import AntiphonError
from antiphon.tools.context import ToolContext
from antiphon.tools.tool import Tool, tool

__version__ = "0.1.0"
__all__ = ["Agent", "AntiphonError", "Tool", "ToolContext", "User", "__version__", "tool"]
