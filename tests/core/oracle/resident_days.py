"""One resident on one day: unit, absence, indication, tariff, paid (method sections 3 and 5)."""

from __future__ import annotations

import datetime as dt
from functools import cache

from ipvb_bridge.core.periods import Period
from tests.core.oracle.reading import Organisation, Row, every_day, holds, mapped_indications

DAY = dt.timedelta(days=1)
LONG = {"hospital": 91, "other_institution": 91}
SHORT = {"vacation": 14, "detention": 14}
PAID_DAYS_A_YEAR = 42


class ResidentDays:
    """Answers for each resident and day, each from the rows that hold on that day."""

    def __init__(self, org: Organisation) -> None:
        self._org = org
        self._indications = mapped_indications(org)
        self.residents = sorted({row["resident_id"] for row in org.rows("stays")})
        self.unit = cache(self._unit)
        self.absent = cache(self._absent)
        self.indication = cache(self._indication)
        self.tariff = cache(self._tariff)
        self._year = cache(self._paid_in)
        self._position = cache(self._position_in_row)

    def _unit(self, resident: str, day: dt.date) -> str | None:
        """The unit of the stay that started last, then of the greatest id."""
        stays = [row for row in self._org.rows("stays") if row["resident_id"] == resident and holds(row, day)]
        if not stays:
            return None
        last = max(stays, key=lambda row: (row["start_date"], row["stay_id"]))
        return str(last["unit_id"])

    def _absent(self, resident: str, day: dt.date) -> bool:
        return any(row["resident_id"] == resident and holds(row, day) for row in self._org.rows("absences"))

    def _indication(self, resident: str, day: dt.date) -> Row | None:
        """Assigned before indicated; of several the one that started last, then the greatest id."""
        for basis in ("assigned", "indicated"):
            rows = [
                row for row in self._indications
                if row["resident_id"] == resident and row["basis"] == basis and holds(row, day)
            ]  # fmt: skip
            if rows:
                return max(rows, key=lambda row: (row["start_date"], row["indication_id"]))
        return None

    def form(self, resident: str, day: dt.date) -> str | None:
        indication = self.indication(resident, day)
        return indication["delivery_form"] if indication else None

    def _tariff(self, resident: str, day: dt.date) -> int | None:
        """The place of the tariff row that the day falls under; of overlapping rows the one that started last."""
        indication = self.indication(resident, day)
        if indication is None:
            return None
        columns = ("zzp", "delivery_form", "with_treatment", "with_day_care")
        tariffs = self._org.norms.get("tariffs", [])
        found = [
            index for index, row in enumerate(tariffs)
            if all(row[name] == indication[name] for name in columns) and holds(row, day)
        ]  # fmt: skip
        return max(found, key=lambda index: tariffs[index]["start_date"], default=None)

    def without(self, resident: str, day: dt.date, component: str) -> bool:
        """Whether the day's delivery form does not get the component."""
        return component in self._org.settings.cost_price.without.get(self.form(resident, day) or "", ())

    def opted_out(self, resident: str, day: dt.date, component: str) -> bool:
        return any(
            row["resident_id"] == resident and row["component"] == component and holds(row, day)
            for row in self._org.rows("opt_outs")
        )

    def charged(self, resident: str, day: dt.date, component: str) -> bool:
        """Whether a component is charged: held or present as the settings say, and not left out."""
        if self.unit(resident, day) is None or self.without(resident, day, component):
            return False
        only_present = self._org.settings.cost_price.components[component] == "present"
        return not (only_present and self.absent(resident, day))

    def _in_row(self, resident: str, day: dt.date, reasons: frozenset[str]) -> bool:
        return any(
            row["resident_id"] == resident and row["reason"] in reasons and holds(row, day)
            for row in self._org.rows("absences")
        )

    def _position_in_row(self, resident: str, day: dt.date, reasons: frozenset[str]) -> int:
        """1 for the first day of a row of touching absences of these reasons; 0 on a day without one."""
        count = 0
        while self._in_row(resident, day, reasons):
            count += 1
            day -= DAY
        return count

    def _allowed(self, resident: str, day: dt.date) -> bool:
        """Whether the rules on rows in a row leave the day paid; the yearly count stands apart."""
        return all(self._position(resident, day, frozenset(limits)) <= min(limits.values()) for limits in (LONG, SHORT))

    def _paid_in(self, resident: str, year: int) -> frozenset[dt.date]:
        """The paid days of a calendar year, in order, so that the yearly count can be kept.

        A paid day has a stay and a valid indication, is no pgb day, and no rule on absence leaves it unpaid. Only paid
        days use up the year's days of vacation and detention.
        """
        paid = set()
        used = 0
        for day in every_day(Period(dt.date(year, 1, 1), dt.date(year, 12, 31))):
            if self.unit(resident, day) is None or self.form(resident, day) in (None, "pgb"):
                continue
            if not self._allowed(resident, day):
                continue
            if self._in_row(resident, day, frozenset(SHORT)):
                if used == PAID_DAYS_A_YEAR:
                    continue
                used += 1
            paid.add(day)
        return frozenset(paid)

    def paid(self, resident: str, day: dt.date) -> bool:
        """Whether the day is paid when there is a tariff for it."""
        return day in self._year(resident, day.year)
