"""What the norms in force ask of a reader: findings I64 to I69."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from ipvb_bridge.core import facts
from ipvb_bridge.core import findings as found
from ipvb_bridge.core.dated import complete, contradictions
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments.contract import Given
from ipvb_bridge.core.norm_records import FACTS
from ipvb_bridge.core.tariffs import profile_in_words


def findings(given: Given, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """I64 days without a tariff, with the required budget they leave out; I65 check again; I66 a share without source;
    I67 a norm that lapsed; I68 a setting beside its norm; I69 two rows for one day.
    """
    return pl.concat([_missing(tables["tariffs_missing"]), found.frame(_others(given, tables))])


def _missing(rows: pl.DataFrame) -> pl.DataFrame:
    return found.of_rows(
        rows.with_columns(profile=profile_in_words()),
        "I64",
        "error",
        pl.format(
            "Geen tarief voor {}: {} dagen van {} bewoners blijven zonder budget, terwijl er op die dagen zorg en"
            " verblijf nodig zijn.",
            "profile",
            "unpaid_days",
            "residents",
        ),
        "Lees de tarieflijst in met `ipvb-bridge tariffs import`, of vul norms/tariffs.csv aan, en bereken opnieuw.",
        subject="profile",
        amount_cents="required_cents",
    )


def _others(given: Given, tables: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    again = tables["norm_tables"].filter(pl.col("check_again") > 0)
    for table, rows in again.select("table", "check_again").iter_rows():
        yield Finding(
            "I65",
            "warning",
            f"Van norms/{table}.csv zijn {rows} geldende regels langer dan een jaar niet nagekeken,"
            " of is de dag daarvan niet bekend.",
            f"Houd deze regels naast hun bron en zet de dag in last_checked (zie `ipvb-bridge norms {table}`).",
            subject=table,
        )
    compared = tables["settings_compared"]
    unsourced = compared.filter(pl.col("agrees").is_null(), pl.col("setting").str.starts_with("direct_share."))
    if unsourced.height:
        levels = ", ".join(unsourced["setting"].str.strip_prefix("direct_share."))
        yield Finding(
            "I66",
            "info",
            f"Van het aandeel directe tijd van niveau {levels} is niet vastgelegd waar het vandaan komt.",
            "Zet het aandeel met zijn bron in norms/direct_shares.csv.",
        )
    for table, in tables["norms_lapsed"].select("table").unique().sort("table").iter_rows():  # fmt: skip
        rows = tables["norms_lapsed"].filter(pl.col("table") == table)
        yield Finding(
            "I67",
            "info",
            f"Van norms/{table}.csv gelden {rows.height} onderdelen in deze periode niet meer;"
            f" de laatste gold tot en met {rows.select(pl.col('last_day').max()).item()}.",
            f"Zoek de nieuwe waarden op en vul norms/{table}.csv aan; er wordt niets voor in de plaats gezet.",
            subject=table,
        )
    for setting, value, norm, wanted in (
        compared.filter(~pl.col("agrees")).select("setting", "set_value", "norm", "norm_value").iter_rows()
    ):
        beside = "staat niet in norms/hours_per_year.csv" if norm is None else f"is volgens de norm {wanted:g}"
        yield Finding(
            "I68",
            "info",
            f"{setting} = {value:g} in method.toml {beside}; de instelling telt.",
            "Klopt de instelling, leg dan de bron ervan vast in de normtabel; anders: verbeter method.toml.",
            subject=setting,
        )
    yield from _twice(given)


def _twice(given: Given) -> Iterator[Finding]:
    for name, table in FACTS.items():
        rows = complete(table, given.norms.get(name))
        key = [column for column in table.key if column != "start_date"]
        pairs = contradictions(rows, key, ("source", "last_checked", "note"))
        if pairs.height:
            item = " ".join(str(value) for value in pairs.select(facts.item_names(name)).row(0) if value is not None)
            yield Finding(
                "I69",
                "warning",
                f"norms/{name}.csv zegt op dezelfde dag twee dingen over {item} (paren: {pairs.height}).",
                f"Beëindig in norms/{name}.csv de regel die niet meer geldt.",
                subject=name,
            )
