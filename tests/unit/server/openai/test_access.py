import pytest

from antiphon.server.openai import access
from antiphon.server.openai.access import Access
from antiphon.wire.openai.errors import Code, WireError

HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"


def refused(check: Access, key: str | None, address: str | None = HERE, now: float = 0.0) -> bool:
    try:
        check.check(key, address, now)
    except WireError as error:
        return error.code is Code.INVALID_API_KEY
    return False


def test_without_keys_any_is_good_on_this_machine_alone() -> None:
    open_door = Access([])
    assert not refused(open_door, "any")
    assert not refused(open_door, "any", "::1")
    assert refused(open_door, "any", ELSEWHERE)
    assert refused(open_door, "any", None)
    assert refused(open_door, "any", "not an address")
    assert refused(open_door, None)
    assert refused(open_door, "")


def test_keys_that_are_set_are_the_only_ones_wherever_one_is() -> None:
    guarded = Access(["first", "secónd"])
    assert not refused(guarded, "secónd", ELSEWHERE)
    assert refused(guarded, "third")


def test_a_secret_is_good_until_it_expires_and_is_no_api_key() -> None:
    guarded = Access(["key"])
    secret = guarded.new_secret({"type": "realtime"}, 60, 1000.0)
    assert secret.expires_at == 1060
    assert guarded.check(secret.value, ELSEWHERE, 1059.0) == secret
    assert refused(guarded, secret.value, now=1060.0)
    assert refused(guarded, "ek_unknown")
    with pytest.raises(WireError):
        guarded.check_key(secret.value, HERE)


def test_secrets_are_bounded_and_expired_ones_make_room() -> None:
    guarded = Access([])
    for _ in range(access.MAX_SECRETS):
        guarded.new_secret({}, 10, 0.0)
    with pytest.raises(WireError) as full:
        guarded.new_secret({}, 10, 5.0)
    assert full.value.code is Code.RATE_LIMIT
    guarded.new_secret({}, 10, 10.0)


def test_where_a_key_is_read() -> None:
    assert access.bearer({"authorization": "Bearer abc"}) == "abc"
    assert access.bearer({"authorization": "bearer  abc "}) == "abc"
    assert access.bearer({"authorization": "Basic abc"}) is None
    assert access.bearer({}) is None
    assert access.protocol_key(["realtime", "openai-insecure-api-key.abc"]) == "abc"
    assert access.protocol_key(["realtime"]) is None
    assert access.asks_for_beta({}, ["openai-beta.realtime-v1"])
    assert access.asks_for_beta({"openai-beta": "realtime=v1"}, [])
    assert not access.asks_for_beta({"openai-beta": "agents"}, ["realtime"])
