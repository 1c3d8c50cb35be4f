"""Names of things."""

from antiphon.wire.openai import ids


def test_random_ids_are_short_enough_for_the_service_and_differ() -> None:
    given = {ids.random_id(ids.RESPONSE) for _ in range(100)}
    assert len(given) == 100
    assert all(len(name) <= 32 and name.startswith("resp_") for name in given)


def test_a_secret_has_256_bits() -> None:
    assert len(ids.secret_id(ids.CLIENT_SECRET)) == len("ek_") + 64


def test_counted_ids_can_be_foreseen_and_sources_are_independent() -> None:
    next_id = ids.counted_ids()
    assert [next_id(ids.ITEM), next_id(ids.ITEM), next_id(ids.CALL)] == ["item_1", "item_2", "call_1"]
    assert ids.counted_ids()(ids.ITEM) == "item_1"
