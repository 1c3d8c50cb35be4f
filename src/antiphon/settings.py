"""Every setting of the server, read from the environment here and nowhere else. Each is described in docs/reference."""

from pathlib import Path
from typing import Annotated

from platformdirs import user_data_path
from pydantic import BaseModel, BeforeValidator, Field, FiniteFloat, IPvAnyAddress, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from antiphon.errors import ConfigurationError

IceUrl = Annotated[str, Field(pattern=r"^(stuns?|turns?):[^\s?]+(\?transport=(udp|tcp))?$")]
"""RFC 7064, RFC 7065."""

Origin = Annotated[str, Field(pattern=r"^https?://[^\s/]+$")]
"""As browsers send it (RFC 6454): no path, no slash at the end."""

HostName = Annotated[str, Field(pattern=r"^[^\s/:]+$")]


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


class IceServerSetting(BaseModel):
    """As in WebRTC's ``RTCIceServer``."""

    urls: Annotated[list[IceUrl], BeforeValidator(_one_or_more)]
    username: str | None = None
    credential: str | None = None


def default_database_url() -> str:
    """An SQLite file in the platform's data directory for this user."""
    return f"sqlite:///{user_data_path('antiphon', appauthor=False) / 'antiphon.db'}"


class Settings(BaseSettings):
    """``ANTIPHON_`` and the field's name in capitals. Lists and objects are JSON."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_", extra="ignore", hide_input_in_errors=True)

    database_url: str = Field(
        default_factory=default_database_url, description="Where conversations are kept: sqlite:///path of the file"
    )
    max_sessions: int = Field(20, ge=1, le=10_000, description="Live sessions admitted at once")
    grace_s: FiniteFloat = Field(30.0, ge=0, le=3600, description="Seconds a session waits for a lost last device")
    arrival_s: FiniteFloat = Field(60.0, ge=1, le=3600, description="Seconds a new session waits for its first device")
    ice_servers: list[IceServerSetting] = Field(
        default_factory=list, description="STUN and TURN servers, for the server and the browsers alike"
    )
    host_addresses: list[IPvAnyAddress] | None = Field(
        None, description="Local addresses to offer for media; all of this machine's when not set"
    )
    public_addresses: list[IPvAnyAddress] = Field(
        default_factory=list, description="Addresses under which NAT shows this server, on the same ports"
    )
    allowed_hosts: list[HostName] = Field(
        default_factory=list,
        description="Names this server is reached by, besides addresses and names of its own network",
    )
    allowed_origins: list[Origin] = Field(
        default_factory=list, description="Web origins besides our own that may use the API from a browser"
    )
    openai_api_keys: list[Annotated[SecretStr, Field(min_length=1)]] = Field(
        default_factory=list, description="Keys that clients of `/v1` may use; when empty any key, on loopback alone"
    )
    openai_session_s: FiniteFloat = Field(3600.0, ge=1, le=86_400, description="Seconds a session on `/v1` may last")
    static_dir: Path | None = Field(None, description="Where the built web app lies; the packaged one when not set")


def read_settings() -> Settings:
    """From the environment. Raises ``ConfigurationError``, which names the variable and never shows its value."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        name, *inside = (str(part) for part in first["loc"])
        place = f" ({'.'.join(inside)})" if inside else ""
        raise ConfigurationError(f"The setting ANTIPHON_{name.upper()} is wrong{place}: {first['msg']}.") from error
    except SettingsError as error:
        names = [name for name in Settings.model_fields if f'"{name}"' in str(error)]
        variables = ", ".join(f"ANTIPHON_{name.upper()}" for name in names)
        raise ConfigurationError(f"The setting {variables} is wrong: it is not JSON.") from error
