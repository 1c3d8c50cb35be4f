"""Every setting of the server, read from the environment here and nowhere else. Each is described in docs/reference."""

from pathlib import Path

from platformdirs import user_data_path
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class IceServerSetting(BaseModel):
    """As in WebRTC's ``RTCIceServer``."""

    urls: list[str] | str
    username: str | None = None
    credential: str | None = None


def default_database_url() -> str:
    """An SQLite file in the platform's data directory for this user."""
    return f"sqlite:///{user_data_path('antiphon', appauthor=False) / 'antiphon.db'}"


class Settings(BaseSettings):
    """``ANTIPHON_`` and the field's name in capitals. Lists and objects are JSON."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_", extra="ignore")

    database_url: str = Field(
        default_factory=default_database_url, description="Where conversations are kept: sqlite:///path of the file"
    )
    max_sessions: int = Field(20, ge=1, le=10_000, description="Live sessions admitted at once")
    grace_s: float = Field(30.0, ge=0, le=3600, description="Seconds a session waits for a lost last device")
    arrival_s: float = Field(60.0, ge=1, le=3600, description="Seconds a new session waits for its first device")
    ice_servers: list[IceServerSetting] = Field(
        default_factory=list, description="STUN and TURN servers, for the server and the browsers alike"
    )
    host_addresses: list[str] | None = Field(
        None, description="Local addresses to offer for media; all of this machine's when not set"
    )
    public_addresses: list[str] = Field(
        default_factory=list, description="Addresses under which NAT shows this server, on the same ports"
    )
    allowed_origins: list[str] = Field(
        default_factory=list, description="Web origins besides our own that may use the API from a browser"
    )
    static_dir: Path | None = Field(None, description="Where the built web app lies; the packaged one when not set")
