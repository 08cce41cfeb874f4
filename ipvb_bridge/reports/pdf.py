"""A page as PDF, by WeasyPrint: the extra ``pdf``."""

from __future__ import annotations

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.reports import messages


def as_pdf(html: str) -> bytes:
    """The page as it is printed. Raises :class:`ConfigurationError` when the extra, or pango, is not there."""
    try:
        import weasyprint  # type: ignore[import-untyped]  # the library has no types
    except ImportError as error:  # the extra is absent
        raise ConfigurationError(messages.NO_PDF, where="extra pdf", seen=str(error)) from None
    except OSError as error:  # the extra is there, the library that draws its text is not
        raise ConfigurationError(messages.NO_PDF, where="pango", seen=str(error).splitlines()[0]) from None
    return bytes(weasyprint.HTML(string=html, url_fetcher=_nothing).write_pdf())


def _nothing(url: str) -> dict[str, object]:
    """A page stands on its own: whatever it would fetch is refused."""
    raise ValueError(f"a page fetches nothing, and asked for {url[:40]}")
