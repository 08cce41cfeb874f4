"""The adapter `fhir`: an ECD with a FHIR R4 interface."""

from ipvb_bridge.plugin import hookimpl
from ipvb_ecd_fhir.adapter import Fhir


@hookimpl
def ipvb_adapters() -> list[type[Fhir]]:
    """The adapter of this package."""
    return [Fhir]
