"""Mappings and supplements: vendor codes become ours when a calculation reads, never in the store.

Source: method section 8; which day decides between dated rows is our reading, see :func:`apply`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from ipvb_bridge.core.dated import complete, contradictions, holds, refuse
from ipvb_bridge.core.people_join import People
from ipvb_bridge.core.records import DELIVERY_FORMS, HOUR_KINDS, MAPPINGS, STREAMS

ZONE = "Europe/Amsterdam"

UNMAPPED = pl.Schema({"mapping": pl.String(), "code": pl.String(), "rows": pl.Int64(), "amount_cents": pl.Int64()})
"""Codes seen without a mapping row: how many rows carry them, and for the ledger their amount."""

UNUSED = pl.Schema({"mapping": pl.String(), "code": pl.String()})
"""Mapping rows whose code stands nowhere in the data on a day on which the row holds."""

COMPLETENESS = pl.Schema(
    {
        "stream": pl.String(),
        "column": pl.String(),
        "rows": pl.Int64(),
        "read": pl.Int64(),
        "mapped": pl.Int64(),
        "supplemented": pl.Int64(),
        "missing": pl.Int64(),
    }
)
"""Where the values of a column came from; read + mapped + supplemented + missing = rows."""

# An agreement that lacks one of these cannot be priced: only then is an activity code without a row worth a finding.
_NEEDED = ("care_function", "level", "day_part", "payer", "minutes")
# An empty weekdays means any day, so it is never missing.
_MAY_BE_EMPTY = "weekdays"


@dataclass(frozen=True, slots=True)
class Mapped:
    """Every stream after mapping, and what the mapping could not or did not do.

    ``unmapped``, ``completeness`` and ``unused`` have the schemas of :data:`UNMAPPED`, :data:`COMPLETENESS` and
    :data:`UNUSED`, sorted by their text columns. ``people``: the indications that wait for a resident, none unless
    :func:`ipvb_bridge.core.prepare.prepare` made this.
    """

    streams: dict[str, pl.DataFrame]
    unmapped: pl.DataFrame
    completeness: pl.DataFrame
    unused: pl.DataFrame
    people: People = field(default_factory=People)


def apply(
    streams: Mapping[str, pl.DataFrame], mappings: Mapping[str, pl.DataFrame], on: dt.date = dt.date.max
) -> Mapped:
    """Apply the mapping tables and the supplements to the streams as delivered.

    ``streams`` are frames of ``STREAMS[name].schema()``, ``mappings`` frames of ``MAPPINGS[name].schema()``; one
    that is absent counts as empty. Of dated rows the one decides that holds (our reading) on the last day of the
    accounting month of a ledger line, on the Amsterdam day on which an hours record starts, and for an agreement,
    indication or contract on the day ``on`` (the last of the period; default the newest row), or the nearest day on
    which the record itself holds: a row dated this year answers for a contract of ten years ago.

    * ``ledger_lines`` get ``category`` and ``pool`` (null: unmapped; pool ``none``: mapped to no pool);
    * ``contracts.level`` is filled from the function where the contract has none;
    * empty fields of ``care_agreements`` are filled from the agreement's supplement, then from its activity code;
    * ``indications.delivery_form`` and ``hours.kind`` turn from the vendor's code into ours; a code without a row
      that is one of ours already stays, any other becomes null.

    Raises :class:`CalculationError` (M20) when two rows of a mapping that say different things hold for a code of the
    data on its day, account ranges that overlap among them: which row counts may not depend on their order.
    """
    rules = {name: complete(table, mappings.get(name)) for name, table in MAPPINGS.items()}
    mapped = {name: streams.get(name, pl.DataFrame(schema=table.schema())) for name, table in STREAMS.items()}
    notes = _Notes()
    mapped["ledger_lines"] = _ledger(mapped["ledger_lines"], rules, notes)
    for name in ("contracts", "care_agreements"):
        mapped[name] = mapped[name].with_columns(_day_in_force(on).alias(_DAY))
    mapped["contracts"] = _contracts(mapped["contracts"], rules["functions"], notes).drop(_DAY)
    mapped["care_agreements"] = _agreements(mapped["care_agreements"], rules, notes).drop(_DAY)
    mapped["indications"] = _recoded(
        ("indications", "delivery_form", "delivery_forms"),
        mapped["indications"], DELIVERY_FORMS, _day_in_force(on), rules, notes,
    )  # fmt: skip
    shift_day = pl.col("start").dt.convert_time_zone(ZONE).dt.date()
    mapped["hours"] = _recoded(("hours", "kind", "hour_kinds"), mapped["hours"], HOUR_KINDS, shift_day, rules, notes)
    return Mapped(
        mapped,
        unmapped=pl.concat([pl.DataFrame(schema=UNMAPPED), *notes.unmapped]).sort("mapping", "code"),
        completeness=pl.DataFrame(notes.completeness, schema=COMPLETENESS).sort("stream", "column"),
        unused=pl.concat([pl.DataFrame(schema=UNUSED), *notes.unused]).unique().sort("mapping", "code"),
    )


_DAY = "_day"


def _day_in_force(on: dt.date) -> pl.Expr:
    """``on``, moved into the span of a record with start_date and end_date."""
    return pl.max_horizontal("start_date", pl.min_horizontal(pl.lit(on), "end_date"))


@dataclass(slots=True)
class _Notes:
    """Collects the three side tables while the streams are mapped."""

    unmapped: list[pl.DataFrame] = field(default_factory=list)
    completeness: list[dict[str, object]] = field(default_factory=list)
    unused: list[pl.DataFrame] = field(default_factory=list)

    def origin(self, stream: str, column: str, rows: int, read: int, mapped: int, supplemented: int) -> None:
        self.completeness.append(
            {
                "stream": stream,
                "column": column,
                "rows": rows,
                "read": read,
                "mapped": mapped,
                "supplemented": supplemented,
                "missing": rows - read - mapped - supplemented,
            }
        )

    def without_row(self, mapping: str, rows: pl.DataFrame, code: str) -> None:
        """``rows`` carry a code that no mapping row answers; those of the ledger have an amount."""
        cents = pl.col("amount").sum() if "amount" in rows.columns else pl.lit(None, dtype=pl.Int64)
        self.unmapped.append(
            rows.group_by(pl.col(code).fill_null("").alias("code"))
            .agg(pl.len().cast(pl.Int64).alias("rows"), cents.alias("amount_cents"))
            .select(pl.lit(mapping).alias("mapping"), "code", "rows", "amount_cents")
        )

    def not_used(self, mapping: str, rules: pl.DataFrame, answers: pl.DataFrame) -> None:
        """The rows of ``rules`` that are not among ``answers`` (column ``row``)."""
        code = (
            pl.concat_str("account_from", pl.lit("-"), "account_to")
            if mapping == "accounts"
            else pl.col(MAPPINGS[mapping].key[0]).fill_null("")
        )
        self.unused.append(
            rules.join(answers, on="row", how="anti").select(pl.lit(mapping).alias("mapping"), code.alias("code"))
        )


def _answers(seen: pl.DataFrame, rules: pl.DataFrame, code: str, mapping: str) -> pl.DataFrame:
    """The distinct (code, day) pairs of ``seen`` with the mapping row that holds: the rule's columns beside them.

    Rows that hold on the same day and say the same may both stand there; rows that say different things may not.
    """
    table = MAPPINGS[mapping]
    hits = seen.join(rules, left_on="code", right_on=code, how="inner", nulls_equal=True, coalesce=False).filter(
        holds(pl.col("day"))
    )
    refuse(contradictions(hits, ["code", "day"], set(table.key)), f"mappings/{mapping}.csv", table)
    # The lowest of equal answers: an order of its own, so that the order of the table does not show.
    return hits.sort("code", "day", "row").unique(["code", "day"], keep="first", maintain_order=True)


def _seen(rows: pl.DataFrame, code: pl.Expr, day: pl.Expr) -> pl.DataFrame:
    return rows.select(code.alias("code"), day.alias("day")).unique()


def _ledger(lines: pl.DataFrame, rules: Mapping[str, pl.DataFrame], notes: _Notes) -> pl.DataFrame:
    """Category by account, pool by cost centre; both by the last day of the accounting month."""
    day = (pl.col("period") + "-01").str.to_date("%Y-%m-%d").dt.month_end()
    months = lines.select("period").unique().with_columns(day.alias("day"))
    dated = lines.join(months, on="period", how="left", maintain_order="left")
    seen = _seen(dated, pl.col("account_id"), pl.col("day"))
    in_range = (
        seen.select("code")
        .unique()
        .join(rules["accounts"], how="cross")
        .filter(pl.col("account_from") <= pl.col("code"), pl.col("code") <= pl.col("account_to"))
    )
    accounts = _answers(seen, in_range, "code", "accounts")
    centres = _answers(
        _seen(dated, pl.col("cost_centre_id"), pl.col("day")), rules["cost_centres"], "cost_centre_id", "cost_centres"
    )
    mapped = (
        dated.join(
            accounts.select("code", "day", "category"),
            left_on=["account_id", "day"], right_on=["code", "day"], how="left", maintain_order="left",
        )
        .join(
            centres.select("code", "day", "pool"),
            left_on=["cost_centre_id", "day"], right_on=["code", "day"], how="left", maintain_order="left",
            nulls_equal=True,
        )
        .drop("day")
    )  # fmt: skip
    notes.not_used("accounts", rules["accounts"], accounts)
    notes.not_used("cost_centres", rules["cost_centres"], centres)
    no_category = mapped.filter(pl.col("category").is_null())
    notes.without_row("accounts", no_category, "account_id")
    no_pool = mapped.filter(pl.col("pool").is_null())
    notes.without_row("cost_centres", no_pool, "cost_centre_id")
    notes.origin("ledger_lines", "category", lines.height, 0, lines.height - no_category.height, 0)
    notes.origin("ledger_lines", "pool", lines.height, 0, lines.height - no_pool.height, 0)
    return mapped


def _contracts(contracts: pl.DataFrame, rules: pl.DataFrame, notes: _Notes) -> pl.DataFrame:
    """The level of a contract that has none: its function's, on its day."""
    answers = _answers(_seen(contracts, pl.col("function"), pl.col(_DAY)), rules, "function", "functions")
    found = contracts.join(
        answers.select("code", "day", pl.col("level").alias("of_function"), pl.lit(True).alias("known")),
        left_on=["function", _DAY], right_on=["code", "day"], how="left", maintain_order="left",
    )  # fmt: skip
    open_level = pl.col("level").is_null()
    known = pl.col("known").fill_null(False)
    notes.not_used("functions", rules, answers)
    notes.without_row("functions", found.filter(open_level, ~known, pl.col("function").is_not_null()), "function")
    filled = found.filter(open_level, known).height
    notes.origin("contracts", "level", found.height, found.filter(~open_level).height, filled, 0)
    return found.with_columns(pl.coalesce("level", "of_function").alias("level")).drop("of_function", "known")


def _agreements(agreements: pl.DataFrame, rules: Mapping[str, pl.DataFrame], notes: _Notes) -> pl.DataFrame:
    """Empty fields of an agreement: its own supplement first, then its activity code."""
    result = agreements
    empty = {name: result[name].null_count() for name in _fields("agreements")}
    rows, read = result.height, {name: result.height - count for name, count in empty.items()}
    for mapping, code in (("agreements", "agreement_id"), ("activities", "activity_code")):
        table = rules[mapping]
        if table.is_empty():
            continue
        fields = _fields(mapping)
        codes = result.filter(pl.col(code).is_in(table[code].unique().implode()))
        answers = _answers(_seen(codes, pl.col(code), pl.col(_DAY)), table, code, mapping)
        notes.not_used(mapping, table, answers)
        result = (
            result.join(
                answers.select("code", "day", *(pl.col(name).alias(f"{name}_given") for name in fields)),
                left_on=[code, _DAY], right_on=["code", "day"], how="left", maintain_order="left",
            )
            .with_columns(pl.coalesce(name, f"{name}_given").alias(name) for name in fields)
            .drop(f"{name}_given" for name in fields)
        )  # fmt: skip
        if mapping == "agreements":
            supplemented = {name: empty[name] - result[name].null_count() for name in empty}
    if rules["agreements"].is_empty():
        supplemented = dict.fromkeys(empty, 0)
    for name in empty:
        if name != _MAY_BE_EMPTY:
            mapped = rows - read[name] - supplemented[name] - result[name].null_count()
            notes.origin("care_agreements", name, rows, read[name], mapped, supplemented[name])
    _codes_without_row(result, rules["activities"], notes)
    return result


def _fields(mapping: str) -> Sequence[str]:
    names = MAPPINGS[mapping].names
    return [name for name in names if name not in {*MAPPINGS[mapping].key, "end_date"}]


def _codes_without_row(agreements: pl.DataFrame, activities: pl.DataFrame, notes: _Notes) -> None:
    lacking = agreements.filter(
        pl.any_horizontal(pl.col(name).is_null() for name in _NEEDED), pl.col("activity_code").is_not_null()
    )
    answers = _answers(_seen(lacking, pl.col("activity_code"), pl.col(_DAY)), activities, "activity_code", "activities")
    notes.without_row(
        "activities",
        lacking.join(
            answers.select("code", "day"),
            left_on=["activity_code", _DAY], right_on=["code", "day"], how="anti",
        ),
        "activity_code",
    )  # fmt: skip


def _recoded(
    names: tuple[str, str, str],
    rows: pl.DataFrame,
    ours: Sequence[str],
    day: pl.Expr,
    rules: Mapping[str, pl.DataFrame],
    notes: _Notes,
) -> pl.DataFrame:
    """``names`` = (stream, column, mapping): the vendor's code in that column becomes ours."""
    stream, column, mapping = names
    table = rules[mapping]
    dated = rows.with_columns(day.alias("day"))
    answers = _answers(_seen(dated, pl.col(column), pl.col("day")), table, "code", mapping)
    found = dated.join(
        answers.select("code", "day", pl.col(column).alias("mapped")),
        left_on=[column, "day"], right_on=["code", "day"], how="left", maintain_order="left",
    )  # fmt: skip
    is_ours = pl.col(column).is_in(ours)
    notes.not_used(mapping, table, answers)
    unknown = found.filter(pl.col("mapped").is_null(), ~is_ours)
    notes.without_row(mapping, unknown, column)
    by_row = found["mapped"].count()
    notes.origin(stream, column, found.height, found.height - by_row - unknown.height, by_row, 0)
    value = pl.coalesce("mapped", pl.when(is_ours).then(pl.col(column)))
    return found.with_columns(value.alias(column)).drop("mapped", "day")
