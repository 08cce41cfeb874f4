"""`bridge.toml`: the organisation, its database and its connections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ipvb_bridge.base import configuration_messages as messages
from ipvb_bridge.base import secrets, toml
from ipvb_bridge.base.errors import ConfigurationError, ConfigurationErrors
from ipvb_bridge.base.privacy_settings import Privacy, secret_key
from ipvb_bridge.base.privacy_settings import problems as privacy_problems
from ipvb_bridge.base.publish_settings import Publish, with_keys
from ipvb_bridge.base.publish_settings import problems as publish_problems
from ipvb_bridge.base.schedule_settings import Rhythmic, Schedule

Ratio = Annotated[Decimal, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Organisation(_Section):
    """[organisation]: who this is for."""

    name: str = Field(description="as it stands on reports")
    language: Literal["nl", "en"] = Field("nl", description="language of messages and reports")
    time_zone: str = Field("Europe/Amsterdam", description="time zone of the organisation")
    keep_names: bool = Field(False, description="keep names and dates of birth of residents in the database")

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("not a time zone of the tz database")
        return value


class Database(_Section):
    """[database]: where everything is kept."""

    url: str = Field(
        "sqlite:///bridge.db",
        description="SQLite file (path from the configuration folder) or postgresql+psycopg://user:${env:PW}@host/name",
    )


class Band(_Section):
    """[delivery]: the band around the usual number of rows outside which a delivery is held."""

    least: Ratio = Field(Decimal("0.5"), description="smallest share of the usual number of rows")
    most: Ratio = Field(Decimal(3), description="largest multiple of the usual number of rows")


class Connection(_Section):
    """[connections.NAME]: one system that is read."""

    adapter: str = Field(description="name of the adapter, from: ipvb-bridge adapters")
    kind: Literal["ecd", "payroll", "ledger"] | None = Field(
        None, description="what the system is; needed for adapters that serve any kind"
    )
    streams: tuple[str, ...] | None = Field(
        None, description="streams to pull, each of which must be there; default all that the adapter offers"
    )
    time_zone: str | None = Field(None, description="time zone of the source's clock; default the organisation's")
    delivery: Band | None = Field(None, description="a band of its own; default that of [delivery]")
    schedule: Rhythmic | None = Field(
        None, description='when `serve` pulls it: "02:30", "mon 06:00", "every 15m"; absent: only by hand'
    )
    paused: bool = Field(False, description="leave it alone for now")
    settings: dict[str, Any] = Field(default_factory=dict, description="the adapter's own settings")


class Bridge(_Section):
    """Everything in `bridge.toml`."""

    organisation: Organisation
    database: Database = Database()
    delivery: Band = Band()
    privacy: Privacy = Privacy()
    connections: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")], Connection] = Field(default_factory=dict)
    publish: Publish = Publish()
    schedule: Schedule = Schedule()


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration folder: ``bridge.toml`` read and checked, and where its other files stand."""

    folder: Path
    bridge: Bridge

    @property
    def file(self) -> Path:
        """The path of bridge.toml."""
        return self.folder / "bridge.toml"

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        return ZoneInfo(self.bridge.organisation.time_zone)

    def connection(self, name: str) -> Connection:
        """The connection of that name. Raises :class:`ConfigurationError`, naming those there are."""
        try:
            return self.bridge.connections[name]
        except KeyError:
            known = ", ".join(self.bridge.connections) or "-"
            raise ConfigurationError(messages.NO_SUCH_CONNECTION, where="bridge.toml", seen=name, known=known) from None

    def place(self, *path: str) -> str:
        """``bridge.toml:LINE`` of a key."""
        lines = toml.positions(self.file.read_text("utf-8"))
        return toml.place("bridge.toml", lines, path)

    def database_url(self) -> str:
        """The database's address with its references filled in; a relative SQLite path counts from the folder."""
        url = self.bridge.database.url
        # A password that stands in the address itself would be a secret in a file that people copy and mail.
        if not secrets.refers(url) and urlsplit(url).password:
            raise ConfigurationError(messages.SECRET_VALUE, where=self.place("database", "url"), key="database.url")
        url = str(secrets.resolve(url, self.folder, "database.url"))
        prefix = "sqlite:///"
        if url.startswith(prefix) and not url.removeprefix(prefix).startswith("/"):
            return prefix + str((self.folder / url.removeprefix(prefix)).resolve())
        return url

    def pseudonym_key(self) -> Callable[[], bytes] | None:
        """How to get at the organisation's key for pseudonyms, which raises :class:`ConfigurationError` (C07, C43);
        None when there is none.
        """
        if self.bridge.privacy.pseudonym_key is None:
            return None
        return lambda: secret_key(self.bridge.privacy, self.folder, self.place("privacy", "pseudonym_key"))


def load(folder: Path) -> Configuration:
    """Read ``bridge.toml`` of a folder. Raises :class:`ConfigurationError`, or several at once."""
    path = folder / "bridge.toml"
    content: Mapping[str, Any] = toml.read(path)
    try:
        content = with_keys(content, folder)
    except ConfigurationError as error:
        raise toml.placed(error, path) from None
    bridge = toml.load(Bridge, content, path)
    text = path.read_text("utf-8")
    found = privacy_problems(bridge.privacy, text, path.name)
    found += publish_problems(bridge.publish, bridge.connections, text, path.name)
    if found:
        raise ConfigurationErrors(found)
    return Configuration(folder.resolve(), bridge)


def adapter_settings(
    model: type[toml.Model], raw: Mapping[str, Any], folder: Path, file: Path, under: tuple[str, ...]
) -> toml.Model:
    """An adapter's own settings, references filled in. Raises :class:`ConfigurationErrors` with file and line."""
    try:
        filled = secrets.resolve(raw, folder, ".".join(under))
    except ConfigurationError as error:
        raise toml.placed(error, file) from None
    made = toml.load(model, filled, file, under)
    plain = secrets.plain_secrets(made, raw)
    if plain:
        lines = toml.positions(file.read_text("utf-8")) if file.is_file() else {}
        raise ConfigurationErrors(
            [
                ConfigurationError(
                    messages.SECRET_VALUE,
                    where=toml.place(file.name, lines, (*under, *key.split("."))),
                    key=".".join((*under, key)),
                )
                for key in plain
            ]
        )
    return made
