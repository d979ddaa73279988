"""The demo company with all of its money scaled, or in yen: it refreshes, and no ratio moves.

What is money, and which column says its currency, is what the sources' YAML declares. Yen are
reported by a copy of the project, in which they are the reporting currency: a cent becomes a
yen, so that every amount is a hundredfold.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import yaml

from drivewheel_demo.demo import write_demo
from drivewheel_demo.writer import FORMATS
from orchestration.landing.sql import identifier, literal
from orchestration.settings import PROJECT_DIR
from tests.checkout import copy_checkout
from tests.field.case import RIGHT, WRONG, Answer

END_ON = dt.date(2026, 6, 30)
CUSTOMERS, MONTHS, EVENTS_PER_DAY = 40, 16, 20
TOLERANCE = 1e-4
# Amounts are rounded to four decimals by customer, and a year's are twelve of them; some to two.
CENT = 0.01
# What the company has decided in money: its columns, where the metric of the row is in money.
DECIDED = {
    "metric_plan.csv": ("planned",),
    "metric_targets.csv": (
        "baseline",
        "target",
        "target_high",
        "guardrail",
        "guardrail_high",
        "critical",
    ),
}
# And what is in money whatever its row is about; shipped, where the company has none of its own.
COSTS = {"playbook_steps.csv": ("cost",)}
VALUES = """
select metric_id, grain, period_start, dimension, dimension_value, state, value, unit
from governance.metric_values
"""
BUILD = """
import datetime, sys
from pathlib import Path
from tests.warehouse import build_home
build_home(Path(sys.argv[1]), as_of=datetime.date.fromisoformat(sys.argv[2]))
"""
Values = dict[tuple[str, ...], tuple[str, float | None, str]]


@dataclass(frozen=True)
class Scale:
    """How money changes: by how much, and whether dollars become yen."""

    name: str
    factor: int
    in_yen: bool = False


SCALES = (
    Scale("the demo company, money × 1,000", 1_000),
    Scale("the demo company, money × 1,000,000", 1_000_000),
    Scale("the demo company in yen", 100, in_yen=True),
)


def try_scales(*, only: str = "") -> Iterator[Answer]:
    """Build the company as it is and at each scale, and compare every metric."""
    scales = [scale for scale in SCALES if re.search(only, scale.name)]
    if not scales:
        return
    with tempfile.TemporaryDirectory(prefix="drivewheel-scales-") as folder:
        landing = Path(folder, "as-it-is/landing")
        write_demo(
            landing,
            customers=CUSTOMERS,
            months=MONTHS,
            events_per_day=EVENTS_PER_DAY,
            end_on=END_ON,
        )
        usual = build(landing.parent, PROJECT_DIR)
        for scale in scales:
            home = Path(folder, str(scale.factor))
            shutil.copytree(landing, home / "landing")
            clients = dollar_clients(landing)
            for path, columns in money_of(home / "landing"):
                scale_file(path, columns, scale, clients)
            if not isinstance(usual, str):
                scale_decisions(home / "landing/company", usual, scale)
            project = yen_project(Path(folder, "project")) if scale.in_yen else PROJECT_DIR
            found = build(home, project)
            yield answer(scale, usual, found)


def money_of(landing: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Files with money: which columns, and in what each of them is."""
    for source in sorted((PROJECT_DIR / "dbt_project/models/staging").glob("*/_*__sources.yml")):
        for table in yaml.safe_load(source.read_text())["sources"][0]["tables"]:
            money = {
                column["name"]: column["config"]["meta"]["money"]
                for column in table.get("columns", ())
                # An amount with its currency in one text is pay, which no mart reads.
                if column.get("config", {}).get("meta", {}).get("money", column["name"])
                != column["name"]
            }
            for path in (landing / source.parent.name / table["name"]).glob("*"):
                yield path, money


def scan_of(path: Path) -> str:
    """How DuckDB reads a file, as text where it is text."""
    return {
        "csv": f"read_csv({literal(str(path))}, all_varchar=true, header=true)",
        "jsonl": f"read_json({literal(str(path))}, format='newline_delimited')",
        "parquet": f"read_parquet({literal(str(path))})",
    }[path.name.split(".")[1]]


def dollar_clients(landing: Path) -> dict[str, set[str]]:
    """Clients and projects that are paid for in dollars, by the column that names them."""
    found: dict[str, set[str]] = {"client_id": set(), "project_id": set()}
    for name, key, is_dollar in (
        ("client", "client_id", lambda row: row[1].lower() == "usd"),
        ("project", "project_id", lambda row: row[1] in found["client_id"]),
    ):
        column = {"client": "currency", "project": "client_id"}[name]
        for path in sorted((landing / "harvest" / name).glob("*")):
            rows = duckdb.execute(
                f"select cast(id as varchar), cast({column} as varchar) from {scan_of(path)}"
            ).fetchall()
            found[key] |= {row[0] for row in rows if is_dollar(row)}
    return found


def scale_file(
    path: Path, money: dict[str, str], scale: Scale, clients: dict[str, set[str]]
) -> None:
    """Multiply amounts in a file; minor units become yen as they are."""
    suffix, scan = path.name.split(".", 1)[1], scan_of(path)
    is_minor = path.parts[-3] == "stripe"
    with duckdb.connect(config={"threads": 1}) as connection:
        types = {row[0]: row[1] for row in connection.execute(f"describe from {scan}").fetchall()}
        replaced = []
        for column in money.keys() & types.keys():
            name = identifier(column)
            # A price in euros stays one: its rate is a hundredfold too.
            known = name if not scale.in_yen else dollars(name, money[column], types, clients)
            factor = 1 if scale.in_yen and is_minor else scale.factor
            scaled = f"cast(try_cast({known} as decimal(38, 6)) * {factor} as double)"
            if "INT" in types[column]:
                scaled = f"cast({scaled} as hugeint)"
            replaced.append(
                f"cast(coalesce(cast({scaled} as varchar), cast({name} as varchar)) as "
                f"{types[column] if 'INT' not in types[column] else 'bigint'}) as {name}"
            )
        if scale.in_yen:
            for column in types.keys() & {*money.values(), "currency", "currency_id"}:
                name = identifier(column)
                yen = "'JPY'" if column == "currency_id" else "'jpy'"
                replaced.append(
                    f"case when lower({name}) = 'usd' then {yen} else {name} end as {name}"
                )
        if replaced:
            beside = path.with_name(f"beside-{path.name}")
            connection.execute(
                f"copy (select * replace ({', '.join(replaced)}) from {scan}) "
                f"to {literal(str(beside))} ({FORMATS[suffix]})"
            )
            beside.replace(path)


def scale_decisions(company: Path, usual: Values, scale: Scale) -> None:
    """Multiply plans and targets of metrics that are in money, and what a step costs."""
    in_money = {key[0] for key, value in usual.items() if value[2] == "currency"}
    for name, columns in (DECIDED | COSTS).items():
        own = company / name
        with (own if own.exists() else PROJECT_DIR / "seeds" / name).open(newline="") as file:
            reader = csv.DictReader(file)
            rows, header = list(reader), reader.fieldnames or ()
        for row in rows:
            if name in COSTS or row["metric_id"] in in_money:
                row |= {c: str(Decimal(row[c]) * scale.factor) for c in columns if row[c]}
        with (company / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def dollars(name: str, currency: str, types: dict[str, str], clients: dict[str, set[str]]) -> str:
    """The amount where it is in dollars, or says nothing; another one stays as it is."""
    if currency in types:
        return f"case when lower(coalesce({identifier(currency)}, 'usd')) = 'usd' then {name} end"
    for key, ids in clients.items():
        if currency == "client.currency" and key in types:
            listed = ", ".join(literal(one) for one in sorted(ids)) or "null"
            return f"case when cast({key} as varchar) in ({listed}) then {name} end"
    return name


def yen_project(folder: Path) -> Path:
    """A copy of the project that reports yen; other currencies' rates are a hundredfold."""
    copy_checkout(folder)
    config = folder / "dbt_project.yml"
    config.write_text(
        config.read_text().replace("reporting_currency: usd", "reporting_currency: jpy")
    )
    rates = folder / "seeds/fx_rates.csv"
    with rates.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["currency"] not in ("usd", "jpy")]
    with rates.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["currency", "month_start", "rate"], lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, "rate": Decimal(row["rate"]) * 100} for row in rows)
    return folder


def build(home: Path, project: Path) -> Values | str:
    """The values of every metric, or what was said where there are none."""
    result = subprocess.run(
        [sys.executable, "-c", BUILD, str(home), END_ON.isoformat()],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        return f"{result.stdout}{result.stderr}".strip()[-1000:]
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(VALUES).fetchall()
    return {tuple(map(str, row[:5])): (row[5], row[6], row[7]) for row in rows}


def answer(scale: Scale, usual: Values | str, found: Values | str) -> Answer:
    """How many values there are, and which are not what they were, or a multiple of it."""
    right = "every ratio as it was, every amount a multiple"
    if isinstance(usual, str) or isinstance(found, str):
        got = f"not built: {usual if isinstance(usual, str) else found}"
        return Answer(scale.name, "metrics", got, right, WRONG)
    moved = [
        f"{' '.join(key)}: {found.get(key)} for {value}"
        for key, value in usual.items()
        if not is_same(value, found.get(key), scale)
    ]
    verdict = RIGHT if usual.keys() == found.keys() and not moved else WRONG
    got = f"{len(moved)} of {len(usual)} differ: {'; '.join(sorted(moved)[:3])}"
    return Answer(scale.name, "metrics", got, right, verdict)


def is_same(
    before: tuple[str, float | None, str], after: tuple[str, float | None, str] | None, scale: Scale
) -> bool:
    """Equal state and ratio; an amount of money is as much larger as money is."""
    if after is None or before[0] != after[0] or (before[1] is None) != (after[1] is None):
        return False
    if before[1] is None or after[1] is None:
        return True
    if before[2] == "currency":
        expected, least = before[1] * scale.factor, CENT * scale.factor
    else:
        expected, least = before[1], TOLERANCE
    return math.isclose(expected, after[1], rel_tol=TOLERANCE, abs_tol=least)
