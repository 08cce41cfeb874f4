"""[schedule] of bridge.toml and the schedule of a connection: how often, on which clock."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY = re.compile(r"every ([1-9][0-9]*)(m|h)")
_CLOCK = re.compile(r"(?:(mon|tue|wed|thu|fri|sat|sun) )?([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When something is due: every so many minutes, or at a clock time on every day, a weekday or a day of the month.

    Minutes are counted on the UTC clock, so that they go on through a clock change; a clock time is local.
    """

    minutes: int | None = None
    clock: dt.time | None = None
    weekday: int | None = None
    month_day: int | None = None

    @classmethod
    def parse(cls, text: str) -> Rhythm:
        """Read ``every 15m``, ``every 2h``, ``02:30`` or ``mon 06:00``. Raises ``ValueError`` for anything else."""
        if every := _EVERY.fullmatch(text.strip()):
            minutes = int(every[1]) * (60 if every[2] == "h" else 1)
            if 1440 % minutes:
                raise ValueError("a day holds a whole number of them: every 15m, every 2h")
            return cls(minutes=minutes)
        if found := _CLOCK.fullmatch(text.strip()):
            weekday = WEEKDAYS.index(found[1]) + 1 if found[1] else None
            return cls(clock=dt.time(int(found[2]), int(found[3])), weekday=weekday)
        raise ValueError('a schedule is "02:30" (daily), "mon 06:00" (weekly), "every 15m" or "every 2h"')


def _rhythm(value: Any) -> Any:
    return Rhythm.parse(value) if isinstance(value, str) else value


Rhythmic = Annotated[Rhythm, BeforeValidator(_rhythm)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Cycle(_Section):
    """[schedule.cycle]: when the monthly cycle runs: pull, calculate, reconcile and plan of the month before."""

    day: Annotated[int, Field(ge=1, le=28)] = Field(description="day of the month")
    time: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = Field("06:00", description="clock time")

    @property
    def rhythm(self) -> Rhythm:
        """The day of the month at that time."""
        return Rhythm(clock=dt.time.fromisoformat(self.time), month_day=self.day)


class Schedule(_Section):
    """[schedule]: how `serve` runs what is due."""

    catch_up: Literal["all", "latest", "none"] = Field(
        "latest", description="moments missed while no `serve` ran: run all, only the latest, or none"
    )
    lease_seconds: Annotated[int, Field(ge=3)] = Field(
        120, description="a run whose process is silent this long is picked up by another"
    )
    workers: Annotated[int, Field(ge=1, le=32)] = Field(2, description="runs at once in one process")
    send: Rhythmic | None = Field(
        None, description="how often `serve` sends what two people signed, and tries again what was not delivered"
    )
    cycle: Cycle | None = Field(None, description="the monthly cycle; absent: only by hand")
