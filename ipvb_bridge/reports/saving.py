"""Save a page: as HTML, or as PDF where the extra is there."""

from __future__ import annotations

from pathlib import Path


def save(path: Path, html: str, *, pdf: bool = False) -> Path:
    """Write the page and give its path back. Raises :class:`ConfigurationError` for a PDF that cannot be made here."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if pdf:
        from ipvb_bridge.reports.pdf import as_pdf

        path.write_bytes(as_pdf(html))
    else:
        path.write_text(html, "utf-8")
    return path
