"""What a client may create, and what survives although nobody knows it."""

import pytest
from pydantic import TypeAdapter

from antiphon.wire.openai.audio import PCM
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.items import Item, Message, StoredItem, Tagged, check_created

ITEM: TypeAdapter[StoredItem] = TypeAdapter(Item)
PNG = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="
JPEG = "data:image/jpeg;base64,/9j/4AAQSkZJRg=="


def message(role: str, **part: object) -> StoredItem:
    return ITEM.validate_python({"type": "message", "role": role, "content": [part]})


@pytest.mark.parametrize(
    "item",
    [
        message("system", type="input_text", text="be kind"),
        message("user", type="input_text", text="hello"),
        message("user", type="input_audio", audio="AAA="),
        message("user", type="input_image", image_url=PNG),
        message("user", type="input_image", image_url=JPEG, detail="low"),
        message("assistant", type="output_text", text="hello"),
        ITEM.validate_python({"type": "function_call", "name": "f", "arguments": "{}"}),
        ITEM.validate_python({"type": "function_call_output", "call_id": "call_1", "output": ""}),
        ITEM.validate_python({"type": "mcp_approval_response", "approval_request_id": "a", "approve": True}),
    ],
)
def test_a_client_may_create(item: StoredItem) -> None:
    check_created(item, PCM)


@pytest.mark.parametrize(
    ("item", "param"),
    [
        (message("assistant", type="output_audio", transcript="words"), "item.content[0].type"),
        (message("assistant", type="input_text", text="x"), "item.content[0].type"),
        (message("system", type="input_audio", audio="AAAA"), "item.content[0].type"),
        (message("user", type="text", text="the beta's name"), "item.content[0].type"),
        (message("user", type="input_audio"), "item.content[0].audio"),
        (message("user", type="input_audio", audio="###"), "item.content[0].audio"),
        (message("user", type="input_image", image_url="https://example.com/a.png"), "item.content[0].image_url"),
        (message("user", type="input_image", image_url="data:image/png;base64,bm90IGFuIGltYWdl"),
         "item.content[0].image_url"),
        (message("user", type="input_image", image_url=PNG, detail="huge"), "item.content[0].detail"),
        (ITEM.validate_python({"type": "hologram"}), "item.type"),
        (ITEM.validate_python({"type": "item_reference", "id": "item_1"}), "item.type"),
    ],
)  # fmt: skip
def test_a_client_may_not_create(item: StoredItem, param: str) -> None:
    with pytest.raises(WireError) as caught:
        check_created(item, PCM)
    assert caught.value.param == param
    assert caught.value.code in (Code.INVALID_VALUE, Code.MISSING_REQUIRED_PARAMETER)


def test_items_and_parts_that_nobody_knows_survive() -> None:
    raw = {"type": "hologram", "id": "item_1", "depth": {"mm": 3}}
    assert ITEM.validate_python(raw).wire() == raw
    with_part = {"type": "message", "role": "user", "content": [{"type": "input_smell", "of": "coffee"}]}
    item = ITEM.validate_python(with_part)
    assert isinstance(item, Message)
    assert type(item.content[0]) is Tagged
    assert item.wire() == with_part
