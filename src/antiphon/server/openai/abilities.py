"""What an agent behind this protocol can do, and the refusal of what it cannot: said at once, not overlooked. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from antiphon.wire.openai import errors
from antiphon.wire.openai import events_client as said
from antiphon.wire.openai.items import InputAudio, InputImage, Message, StoredItem


@dataclass(frozen=True, slots=True)
class Abilities:
    """``hears``: it takes sound. ``speaks``: it gives sound."""

    hears: bool
    speaks: bool

    def check(self, event: said.AnyClientEvent) -> None:
        """Raises ``WireError`` for what this agent cannot do; most events pass."""
        match event:
            case said.SessionUpdate():
                self.check_settings(event.session, "session")
            case said.ResponseCreate() if event.response is not None:
                self.check_settings(event.response.wire(), "response")
                self._check_items(event.response.input or (), "response.input", stored=False)
            case said.ItemCreate():
                self._check_items([event.item], "item")
            case said.InputAudioAppend() | said.InputAudioCommit() if not self.hears:
                raise errors.invalid("type", "this agent does not take audio.")
            case _:
                return

    def check_settings(self, asked: Mapping[str, Any], root: str) -> None:
        """Of a session or of one response. Raises ``WireError``."""
        if not self.speaks and asked.get("output_modalities") == ["audio"]:
            raise errors.invalid(f"{root}.output_modalities", "this agent does not speak; ask for ['text'].")
        if (choice := asked.get("tool_choice")) not in (None, "auto", "none"):
            shown = choice if isinstance(choice, str) else "a named tool"
            raise errors.invalid(f"{root}.tool_choice", f"this agent cannot be made to call a tool ({shown[:40]}).")
        tools = asked.get("tools")
        for index, tool in enumerate(tools if isinstance(tools, list) else ()):
            if isinstance(tool, Mapping) and tool.get("type") == "mcp":
                raise errors.invalid(f"{root}.tools[{index}].type", "MCP servers are not called from here.")
        speed = _at(asked, "audio", "output", "speed")
        if speed is not None and speed != 1:
            raise errors.invalid(f"{root}.audio.output.speed", "this agent speaks at its own speed; only 1 is taken.")

    def _check_items(self, items: Iterable[StoredItem], root: str, *, stored: bool = True) -> None:
        for item in items:
            for part in item.content if isinstance(item, Message) else ():
                if isinstance(part, InputImage):
                    raise errors.invalid(f"{root}.content", "this agent does not see images.")
                if isinstance(part, InputAudio) and not self.hears:
                    raise errors.invalid(f"{root}.content", "this agent does not take audio.")
                if isinstance(part, InputAudio) and not stored:
                    raise errors.invalid(root, "audio is understood when it is an item: create it, then refer to it.")


def _at(value: object, *path: str) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
