"""Write what an instrument made: its page or pages, and its workbook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ipvb_bridge.base.errors import UsageError
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.pipeline.instruments import Answer
from ipvb_bridge.reports import instruments, messages, saving, workbook
from ipvb_bridge.reports.budgets import anchor
from ipvb_bridge.reports.instruments import render
from ipvb_bridge.reports.terms import Language


def pages(
    configuration: Configuration,
    answer: Answer,
    *,
    subject: str | None = None,
    language: Language | None = None,
    pdf: bool = False,
    path: Path | None = None,
) -> Iterator[Path]:
    """Write the page of an instrument, or a page for each subject (or one) where it is laid out by subject.

    ``path``: the file, or the folder where there are more; default in ``reports``. Raises :class:`UsageError` where
    there is nothing to show of the subject asked for.
    """
    name, period = answer.instrument.name, answer.given.period
    declared = instruments.load(name)
    if subject is not None and not declared.split:
        raise UsageError(messages.NO_SUBJECTS, where=name, seen=subject)
    chosen = list(render.pages(declared, answer.made, subject))
    if not chosen:
        raise UsageError(messages.NOTHING_OF_SUBJECT, where=name, seen=subject or "-", period=str(period), name=name)
    ending = ".pdf" if pdf else ".html"
    reports = configuration.folder / "reports"
    for each in chosen:
        stem = f"{period}-{name}" if each is None else f"{period}/{name}/{anchor(each)}"
        if path is None:
            place = reports / f"{stem}{ending}"
        else:
            place = path if len(chosen) == 1 else path / f"{Path(stem).name}{ending}"
        html = render.render(
            answer.instrument,
            answer.given,
            answer.made,
            configuration.bridge.organisation.name,
            version=str(answer.version.number),
            language=language or configuration.bridge.organisation.language,
            subject=each,
        )
        yield saving.save(place, html, pdf=pdf)


def any_page(answer: Answer) -> bool:
    """Whether there is anything to lay out: an instrument by subject may have no subject."""
    return any(True for _ in render.pages(instruments.load(answer.instrument.name), answer.made, None))


def book(configuration: Configuration, answer: Answer, language: Language | None, path: Path | None = None) -> Path:
    """Write the workbook of an instrument's tables, a sheet each, with the findings behind them."""
    declared = instruments.load(answer.instrument.name)
    spoken = language or configuration.bridge.organisation.language
    place = path or configuration.folder / "reports" / f"{answer.given.period}-{answer.instrument.name}.xlsx"
    place.parent.mkdir(parents=True, exist_ok=True)

    def heading(column: str) -> str:
        try:
            return render.heading(column, declared, spoken)
        except KeyError:
            return column

    workbook.write(place, {**answer.made.tables, "findings": answer.made.findings}, heading)
    return place
