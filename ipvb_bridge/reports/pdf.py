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
    # A page stands on its own: whatever it would fetch is refused.
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())
    return bytes(weasyprint.HTML(string=html, url_fetcher=nothing).write_pdf())
