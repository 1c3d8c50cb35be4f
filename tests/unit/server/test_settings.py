"""Settings from the environment: the wrong ones are named, their values never shown."""

import pytest

from antiphon.errors import ConfigurationError
from antiphon.settings import read_settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "STATIC_DIR"):
        monkeypatch.delenv(f"ANTIPHON_{name}", raising=False)


def test_without_any_there_are_defaults() -> None:
    settings = read_settings()
    assert settings.database_url.startswith("sqlite:///")
    assert settings.database_url.endswith("antiphon.db")
    assert (settings.max_sessions, settings.ice_servers, settings.host_addresses) == (20, [], None)


def test_lists_and_objects_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPHON_ICE_SERVERS", '[{"urls": "stun:a.example"}, {"urls": ["turns:b.example:443"]}]')
    monkeypatch.setenv("ANTIPHON_HOST_ADDRESSES", '["192.0.2.1", "2001:db8::1"]')
    monkeypatch.setenv("ANTIPHON_ALLOWED_HOSTS", '["voice.example.org"]')
    settings = read_settings()
    assert [one.urls for one in settings.ice_servers] == [["stun:a.example"], ["turns:b.example:443"]]
    assert [str(one) for one in settings.host_addresses or []] == ["192.0.2.1", "2001:db8::1"]
    assert settings.allowed_hosts == ["voice.example.org"]


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("MAX_SESSIONS", "many", "integer"),
        ("MAX_SESSIONS", "", "integer"),
        ("MAX_SESSIONS", "0", "greater than or equal to 1"),
        ("GRACE_S", "-1", "greater than or equal to 0"),
        ("GRACE_S", "nan", "finite number"),
        ("ARRIVAL_S", "inf", "finite number"),
        ("ICE_SERVERS", "stun:hunter2", "not JSON"),
        ("ICE_SERVERS", '[{"urls": "hunter2"}]', "(0.urls.0)"),
        ("ICE_SERVERS", '[{"urls": "http://a.example", "credential": "hunter2"}]', "(0.urls.0)"),
        ("ICE_SERVERS", '[{"credential": "hunter2"}]', "(0.urls)"),
        ("ICE_SERVERS", '{"urls": "hunter2"}', "list"),
        ("HOST_ADDRESSES", '["hunter2"]', "address"),
        ("PUBLIC_ADDRESSES", "203.0.113.7", "not JSON"),
        ("ALLOWED_ORIGINS", '["a.example"]', "(0)"),
        ("ALLOWED_ORIGINS", '["https://a.example/"]', "(0)"),
        ("ALLOWED_HOSTS", '["https://a.example"]', "(0)"),
        ("ALLOWED_HOSTS", '["a.example:443"]', "(0)"),
    ],
)
def test_a_wrong_one_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, word: str) -> None:
    monkeypatch.setenv(f"ANTIPHON_{name}", value)
    with pytest.raises(ConfigurationError) as raised:
        read_settings()
    told = str(raised.value)
    assert told.startswith(f"The setting ANTIPHON_{name} is wrong")
    assert word in told
    assert "hunter2" not in told
