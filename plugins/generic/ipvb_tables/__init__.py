"""The adapter `tables`: canonical CSV files in a folder or on SFTP."""

from ipvb_bridge.plugin import hookimpl
from ipvb_tables.adapter import Tables


@hookimpl
def ipvb_adapters() -> list[type[Tables]]:
    """The adapter of this package."""
    return [Tables]
