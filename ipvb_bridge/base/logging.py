"""Structured logs: JSON lines with connection, stream, run and counts; never a value of a personal field."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any


def configure(file: Path | None = None, *, verbose: bool = False) -> None:
    """Write JSON lines to ``file``, or to standard error when ``verbose``; else only warnings to standard error."""
    import structlog

    stream = file.open("a", encoding="utf-8") if file is not None else sys.stderr
    level = logging.INFO if verbose or file is not None else logging.ERROR + 1
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )


def get() -> Any:
    """The program's logger; bind connection, stream and run to it."""
    import structlog

    return structlog.get_logger()
