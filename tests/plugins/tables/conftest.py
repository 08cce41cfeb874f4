"""What the tests of the adapter share: small files, and a connection that reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ipvb_bridge.base.errors import BridgeError
from ipvb_bridge.core.records import Kind
from ipvb_bridge.plugin import Batch, Context, Window
from ipvb_tables.adapter import Tables

HOURS = "hours_id,contract_id,unit_id,level,kind,start,end,paid_minutes\n"


def hours(*ids: str, month: str = "2026-01", minutes: str = "480") -> str:
    """A file of shifts, one an id, on the tenth of a month."""
    day = f"{month}-10T"
    return HOURS + "".join(f"{each},C1,D1,,worked,{day}07:00:00+01:00,{day}15:30:00+01:00,{minutes}\n" for each in ids)


@dataclass
class Pulled:
    """All batches of one pull."""

    batches: Sequence[Batch]

    @property
    def last(self) -> Batch:
        return self.batches[-1]

    @property
    def rows(self) -> pl.DataFrame:
        frames = [each.rows for each in self.batches if isinstance(each.rows, pl.DataFrame)]
        return pl.concat(frames) if frames else pl.DataFrame({"hours_id": []})

    def ids(self, column: str = "hours_id") -> list[str]:
        return sorted(self.rows[column])

    def findings(self) -> list[str]:
        return [finding.rule for batch in self.batches for finding in batch.findings]

    def scopes(self) -> list[tuple[str | None, str | None]]:
        return [(each.scope.first, each.scope.last) for each in self.batches if each.scope]


@dataclass
class Connection:
    """A connection of kind payroll; remembers the cursor as the program would."""

    adapter: Tables
    cursor: Mapping[str, Any] | None = None

    def look(self, stream: str = "hours") -> Pulled:
        return Pulled(list(self.adapter.pull(stream, Window(), self.cursor)))

    def pull(self, stream: str = "hours") -> Pulled:
        """Pull, remember the cursor, and say that all is committed."""
        pulled = self.look(stream)
        assert pulled.last.complete
        assert not any(each.complete for each in pulled.batches[:-1])
        self.cursor = pulled.last.cursor
        self.adapter.committed(stream, self.cursor)
        return pulled

    def refused(self, stream: str = "hours") -> BridgeError:
        """Pull what has to fail; nothing of it may be called complete."""
        batches = []
        with pytest.raises(BridgeError) as caught:
            batches.extend(self.adapter.pull(stream, Window(), self.cursor))
        assert not any(each.complete for each in batches)
        return caught.value


Connect = Callable[..., Connection]


@pytest.fixture
def connect(tmp_path: Path) -> Connect:
    """`connect(kind=, streams=, **settings)`: a connection whose configuration folder is the test's own folder."""

    def make(kind: Kind | None = "payroll", streams: tuple[str, ...] | None = None, **settings: Any) -> Connection:
        config = Tables.Config.model_validate(settings)
        return Connection(Tables(config, Context("payroll", tmp_path, kind=kind, streams=streams)))

    return make
