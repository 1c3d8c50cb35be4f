"""What was said and done, folded into a history that is valid for any model.

Owns the order and the words; a tool call appears only with its output, agent speech only as far as it was heard, a
notice where it was given. Knows nothing of turns, time or sound.
"""

from antiphon.dialogue.items import AgentItem, Item, NoticeItem, ToolCallItem, ToolOutputItem, UserItem


class Transcript:
    """The items in the order they were spoken. ``history()`` is what a model may be given."""

    def __init__(self) -> None:
        self._items: dict[str, UserItem | AgentItem | NoticeItem | ToolCallItem] = {}
        self._outputs: dict[str, ToolOutputItem] = {}
        self._valid: tuple[Item, ...] | None = None

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._items

    def put(self, item: UserItem | AgentItem | NoticeItem) -> None:
        """A new item at the end, or new words for one that keeps its place."""
        self._items[item.id] = item
        self._valid = None

    def remove(self, item_id: str) -> None:
        """Nothing of it was heard: it was never said."""
        self._items.pop(item_id, None)
        self._valid = None

    def call(self, item: ToolCallItem) -> None:
        """A tool call; it is no part of the history before it has its output."""
        self._items[item.call_id] = item

    def output(self, item: ToolOutputItem) -> None:
        """The output of a call that was put before."""
        self._outputs[item.call_id] = item
        self._valid = None

    def history(self) -> tuple[Item, ...]:
        """Valid for any model: no empty words, no call without its output, no output without its call."""
        if self._valid is None:
            items: list[Item] = []
            for item in self._items.values():
                if isinstance(item, ToolCallItem):
                    output = self._outputs.get(item.call_id)
                    if output is not None:
                        items += (item, output)
                elif item.text.strip():
                    items.append(item)
            self._valid = tuple(items)
        return self._valid
