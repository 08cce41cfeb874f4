"""From a connection's name in bridge.toml to an adapter that can be asked for data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from zoneinfo import ZoneInfo

from ipvb_bridge.base import configuration_messages
from ipvb_bridge.base.errors import BridgeError, ConfigurationError, RunError, UsageError
from ipvb_bridge.base.settings import Configuration, adapter_settings
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.pipeline import messages
from ipvb_bridge.plugin import loading, pseudonyms
from ipvb_bridge.plugin.adapter import CheckStep, Context, Offer


def open_adapter(
    configuration: Configuration, name: str, progress: Callable[[int], None] = lambda rows: None
) -> loading.AnyAdapter:
    """The adapter of a connection, its own settings checked and its secrets filled in.

    Raises :class:`ConfigurationError` (unknown connection, adapter, setting, stream; a plain secret) and
    :class:`RunError` (the plug-in fails at import).
    """
    connection = configuration.connection(name)
    adapter = loading.load(connection.adapter)
    kind = adapter.kind or connection.kind
    place = configuration.place("connections", name, "adapter")
    # What reads nothing (streams = []) writes only, and is no ECD, payroll or ledger.
    if kind is None and connection.streams != ():
        raise ConfigurationError(
            configuration_messages.KIND_NEEDED, where=place, seen=connection.adapter, connection=name
        )
    settings = adapter_settings(
        adapter.Config,
        connection.settings,
        configuration.folder,
        configuration.file,
        ("connections", name, "settings"),
    )
    zone = ZoneInfo(connection.time_zone) if connection.time_zone else configuration.zone
    # Only an adapter that makes pseudonyms reads the key: without it the other connections go on.
    key = configuration.pseudonym_key()
    pseudonym = pseudonyms.keyed(key) if key is not None else None
    context = Context(name, configuration.folder, zone, progress, pseudonym, kind, connection.streams)
    return adapter(settings, context)


def offers(
    configuration: Configuration, name: str, adapter: loading.AnyAdapter, only: Sequence[str] = ()
) -> list[Offer]:
    """What a connection delivers: all the adapter offers, or those that the caller or the configuration names.

    Raises :class:`UsageError` for a stream that is not offered.
    """
    offered = {offer.stream: offer for offer in adapter.streams()}
    wanted = only or configuration.connection(name).streams or tuple(each for each in STREAMS if each in offered)
    for stream in wanted:
        if stream not in offered:
            raise UsageError(
                messages.UNKNOWN_STREAM,
                where=f"connections.{name}",
                seen=stream,
                connection=name,
                known=", ".join(offered) or "-",
            )
    return [offered[stream] for stream in wanted]


def check(adapter: loading.AnyAdapter) -> Iterator[CheckStep]:
    """The steps of an adapter's own check; one that raises all the same becomes a failed step."""
    name = adapter.context.connection
    try:
        yield from adapter.check()
    except BridgeError as error:
        yield CheckStep("check", ok=False, seen=error.code, error=error)
    except Exception as error:
        seen = type(error).__name__
        raised = RunError(loading.ADAPTER_RAISED, where=name, seen=seen, name=adapter.name, doing="check")
        yield CheckStep("check", ok=False, seen=seen, error=raised)
