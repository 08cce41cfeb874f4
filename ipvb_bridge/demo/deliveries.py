"""Puts what the systems of the demo hold where they keep it: the ECD's records, files with a done-marker, and the
ledger's audit file.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.demo import ecd, organisation, people, xaf_writer
from ipvb_bridge.demo.house import NAME, YEAR
from ipvb_bridge.demo.people import Row

OFFICE, PAYROLL, LEDGER = "zorgadministratie", "salaris", "grootboek"
"""The folders of the systems that deliver files, as bridge.toml calls the connections."""
ROSTER = "rooster"
"""The folder from which the roster package picks up files."""

COLUMNS = {
    "indications": (
        "indication_id", "bsn", "basis", "zzp", "delivery_form", "with_treatment", "with_day_care", "start_date",
        "end_date",
    )
}  # fmt: skip
"""Files that have other columns than the stream."""


def first(systems: Path) -> None:
    """Everything that the systems hold: the care file of today, twelve months of payroll, a year of ledger."""
    care = organisation.care_file(1)
    ecd.first(systems / ecd.FOLDER, care)
    for stream, rows in _office(care).items():
        _leave(systems / "sftp" / OFFICE / f"{stream}_{_day(1)}.csv", stream, rows)
    for stream, rows in organisation.payroll().items():
        for month, own in _by_month(stream, rows).items():
            _leave(systems / "sftp" / PAYROLL / f"{stream}_{month or _day(1)}.csv", stream, own)
    book = systems / LEDGER
    book.mkdir(parents=True, exist_ok=True)
    xaf_writer.write(book / f"auditfile-{YEAR}.xaf", NAME, YEAR, organisation.ledger())


def following(systems: Path, delivery: int) -> tuple[list[str], int]:
    """What changed since the delivery before: the names of the new files of the care administration, and how many
    records of the ECD.
    """
    before, now = organisation.care_file(delivery - 1), organisation.care_file(delivery)
    names = []
    for stream, rows in _office(now).items():
        if rows != before[stream]:
            names.append(f"{stream}_{_day(delivery)}.csv")
            _leave(systems / "sftp" / OFFICE / names[-1], stream, rows)
    return names, ecd.following(systems / ecd.FOLDER, before, now)


def _office(care: ecd.Care) -> ecd.Care:
    """What the care administration delivers: the streams of the care file that FHIR has no record for."""
    return {name: rows for name, rows in care.items() if name not in ecd.STREAMS}


def _day(delivery: int) -> str:
    """The day of a delivery, as it stands in its files' names: the first is of 5 January, then one a day."""
    return str(dt.date(YEAR + 1, 1, 4) + dt.timedelta(days=delivery))


def _by_month(stream: str, rows: Sequence[Row]) -> Mapping[str, Sequence[Row]]:
    column = STREAMS[stream].period_column
    months: dict[str, list[Row]] = {}
    for row in rows:
        months.setdefault(str(row[column])[:7] if column else "", []).append(row)
    return months


def _by_bsn(rows: Sequence[Row]) -> Sequence[Row]:
    """Rows as the administration has them: it knows a resident by the BSN, not by the number of the ECD."""
    return [
        {name: value for name, value in row.items() if name != "resident_id"}
        | {"bsn": people.bsn(str(row["resident_id"]))}
        for row in rows
    ]


def _leave(path: Path, stream: str, rows: Sequence[Row]) -> None:
    """Write a file and then its marker: what has no marker is still being written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS.get(stream, STREAMS[stream].names), lineterminator="\n")
        writer.writeheader()
        writer.writerows(_by_bsn(rows) if stream in COLUMNS else rows)
    path.with_name(path.name + ".done").touch()
