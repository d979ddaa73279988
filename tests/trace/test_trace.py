"""Every number can be taken apart into rows of the marts that add up to it again."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import duckdb
import pytest

from orchestration.report.trace import Question, parse_period, print_trace
from orchestration.settings import Settings
from orchestration.trace.rows import Slice, adds_up, trace_part, value_of
from orchestration.trace.sources import find_source_rows
from orchestration.trace.terms import TraceError, formula_of
from orchestration.warehouse.lock import hold_lock

# The newest complete value of each metric, of its total and of its largest slice.
VALUES = """
select metric_id, grain, period_start, period_end, dimension, dimension_value, value
from governance.metric_values
where is_complete and state = 'ok' and grain in ('month', 'quarter')
    and (dimension = 'total') = ?
qualify row_number() over (
    partition by metric_id
    order by period_start desc, grain, coalesce(sample_size, denominator, abs(value)) desc
) = 1
"""


@pytest.fixture(scope="module")
def settings(demo_home: Path) -> Settings:
    return Settings(home=demo_home, _env_file=None)


@pytest.mark.parametrize("is_total", [True, False], ids=["total", "slice"])
def test_every_metric_is_the_sum_of_rows(settings: Settings, is_total: bool) -> None:
    manifest = json.loads((settings.target_dir / "manifest.json").read_text())
    wrong, traced = {}, 0
    with duckdb.connect(str(settings.serving_path), read_only=True) as connection:
        for metric, *place, published in connection.execute(VALUES, [is_total]).fetchall():
            formula = formula_of(manifest, metric)
            parts = {
                name: trace_part(connection, term, Slice(*place), limit=3)
                for name, term in formula.terms.items()
            }
            value = value_of(connection, formula, parts)
            traced += 1
            if not adds_up(value, published):
                wrong[metric] = (place, value, published)
    assert not wrong
    assert traced > (180 if is_total else 140)


def test_what_is_shown_and_what_is_not_add_up(settings: Settings) -> None:
    manifest = json.loads((settings.target_dir / "manifest.json").read_text())
    term = formula_of(manifest, "mrr").terms["mrr"]
    june = Slice("month", dt.date(2026, 6, 1), dt.date(2026, 6, 30))
    with duckdb.connect(str(settings.serving_path), read_only=True) as connection:
        few = trace_part(connection, term, june, limit=3)
        all_rows = trace_part(connection, term, june, limit=10_000)
    assert len(few.rows) == 3 < few.row_count
    shown = sum(float(row["contribution"]) for row in few.rows)
    assert shown + few.rest == pytest.approx(few.total)
    assert all_rows.rest == pytest.approx(0, abs=1e-6)
    sizes = [abs(row["contribution"]) for row in all_rows.rows]
    assert sizes == sorted(sizes, reverse=True)


def test_a_percentile_counts_those_below_and_above(settings: Settings) -> None:
    manifest = json.loads((settings.target_dir / "manifest.json").read_text())
    (term,) = formula_of(manifest, "resolution_business_hours_p90").terms.values()
    quarter = Slice("quarter", dt.date(2026, 4, 1), dt.date(2026, 6, 30))
    with duckdb.connect(str(settings.serving_path), read_only=True) as connection:
        part = trace_part(connection, term, quarter, limit=2)
    assert part.below is not None and part.above is not None
    assert part.below + part.above <= part.row_count
    # Nine in ten lie at or below it.
    assert part.above == pytest.approx(part.row_count / 10, abs=1)


def test_a_trace_prints_parts_rows_and_the_way(settings: Settings) -> None:
    page = io.StringIO()
    assert print_trace(settings, Question("grr", "2026-06"), limit=2, terminal=page)
    text = page.getvalue()
    for told in ("GRR 2026-06", "owner chief customer officer", "retained_mrr_12m_capped =",
                 "revenue_velocity.fct_customer_months", "The rows add up to",
                 "raw_stripe.subscription"):  # fmt: skip
        assert told in text, told


def test_rows_of_marts_lead_to_rows_of_files(settings: Settings) -> None:
    ticket = {"ticket_id": "12800", "customer_id": "cus_000001", "priority": "high"}
    models = ["stg_zendesk__tickets", "stg_zendesk__ticket_field_history", "stg_stripe__customers"]
    with duckdb.connect(str(settings.serving_path), read_only=True) as connection:
        ((ticket["ticket_id"],),) = connection.execute(
            "select max(ticket_id) from customer_health.fct_tickets"
        ).fetchall()
    ((history, tickets),) = [
        [source for source in sources if source.keys == ("ticket_id",)]
        for sources in find_source_rows(settings, [ticket], models, limit=1)
    ]
    assert history.row_count > 1
    (place,) = tickets.first
    file, _, row = place.rpartition(":")
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        found = connection.execute(
            "select cast(id as varchar) from raw_zendesk.ticket where _file = ? and _file_row = ?",
            [file, int(row)],
        ).fetchall()
    assert found == [(ticket["ticket_id"],)]


def test_files_are_not_asked_while_a_run_has_the_warehouse(settings: Settings) -> None:
    page = io.StringIO()
    with hold_lock(settings.lock_path, holder="run 7", timeout_seconds=0, on_wait=print):
        assert print_trace(settings, Question("grr"), limit=2, terminal=page)
    assert "not shown while a run has the warehouse" in page.getvalue()
    assert "run 7" in page.getvalue()


def test_a_customer_s_rows_are_its_own(settings: Settings) -> None:
    with duckdb.connect(str(settings.serving_path), read_only=True) as connection:
        ((customer,),) = connection.execute(
            "select customer_id from revenue_velocity.fct_mrr_balances "
            "where snapshot_on = '2026-06-30' order by mrr desc limit 1"
        ).fetchall()
    print_trace(
        settings, Question("mrr", customer_id=customer), limit=9, terminal=(page := io.StringIO())
    )
    assert customer in page.getvalue()
    assert "1 rows" in page.getvalue()
    with pytest.raises(TraceError, match="of no single customer"):
        print_trace(
            settings,
            Question("gross_margin", customer_id=customer),
            limit=1,
            terminal=io.StringIO(),
        )


def test_what_is_not_there_is_answered_with_what_is(settings: Settings) -> None:
    with pytest.raises(TraceError, match="did you mean nrr"):
        print_trace(settings, Question("nrrr"), limit=1)
    with pytest.raises(TraceError, match="its slices: channel="):
        print_trace(settings, Question("nrr", dimension="segment", dimension_value="huge"), limit=1)
    with pytest.raises(TraceError, match="write 2026-06, 2026-Q2"):
        parse_period("june")
    assert parse_period("2026-Q2") == ("quarter", dt.date(2026, 4, 1))
    assert parse_period("2026-W01") == ("week", dt.date(2025, 12, 29))
