"""Every number can be taken apart into rows of the marts that add up to it again."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import duckdb
import pytest

from orchestration.project.manifest import read_manifest
from orchestration.report.published import open_published
from orchestration.report.trace import Question, parse_period
from orchestration.report.trace_terminal import print_trace
from orchestration.settings import Settings
from orchestration.trace.rows import Slice, adds_up, median_of_waiting, trace_part, value_of
from orchestration.trace.sources import behind_part, behind_row, find_sources
from orchestration.trace.terms import Term, TraceError, formula_of, formulas_of
from orchestration.warehouse.lock import hold_lock

# The newest complete value of each metric, of its total and of its largest slice.
VALUES = """
select
    metric_id, grain, period_start, period_end, dimension, dimension_value,
    value, numerator, denominator
from governance.metric_values
where is_complete and state = 'ok' and grain in ('month', 'quarter')
    and (dimension = 'total') = $is_total and (not $is_industry or dimension = 'industry')
qualify row_number() over (
    partition by metric_id
    order by period_start desc, grain, coalesce(sample_size, denominator, abs(value)) desc
) = 1
"""
RATIO = "cast({} as double) / nullif({}, 0)"
# What they measure is the pipeline itself: its ledger of files and runs.
OF_THE_PIPELINE = {"hours_event_to_published", "source_automation_rate"}


@pytest.fixture(scope="module")
def settings(demo_home: Path) -> Settings:
    return Settings(home=demo_home, _env_file=None)


TOTAL = {"is_total": True, "is_industry": False}


@pytest.mark.parametrize(
    ("of", "least"),
    [
        (TOTAL, 180),
        ({"is_total": False, "is_industry": False}, 140),
        # Facts do not carry it: rows are followed to their customers.
        ({"is_total": False, "is_industry": True}, 90),
    ],
    ids=["total", "slice", "industry"],
)
def test_every_metric_is_the_sum_of_rows(
    settings: Settings, of: dict[str, bool], least: int
) -> None:
    manifest = read_manifest(settings.target_dir / "manifest.json")
    formulas = {formula.metric_id: formula for formula in formulas_of(manifest)}
    wrong: dict[str, tuple[object, ...]] = {}
    traced = ratios = 0
    with open_published(settings) as connection:
        for row in connection.execute(VALUES, of).fetchall():
            metric, *place, published, numerator, denominator = row
            formula = formulas[metric]
            parts = {
                name: trace_part(connection, term, Slice(*place), limit=3)
                for name, term in formula.terms.items()
            }
            value = value_of(connection, formula, parts)
            traced += 1
            if not adds_up(value, published):
                wrong[metric] = (place, value, published)
            if len(parts) == 2 and formula.expression == RATIO.format(*parts):
                upper, lower = (part.total for part in parts.values())
                if not (adds_up(upper, numerator) and adds_up(lower, denominator)):
                    wrong[metric] = (place, upper, numerator, lower, denominator)
                ratios += 1
    assert not wrong
    assert traced > least
    assert ratios > 50


def test_what_is_shown_and_what_is_not_add_up(settings: Settings) -> None:
    manifest = read_manifest(settings.target_dir / "manifest.json")
    term = formula_of(manifest, "mrr").terms["mrr"]
    june = Slice("month", dt.date(2026, 6, 1), dt.date(2026, 6, 30))
    with open_published(settings) as connection:
        few = trace_part(connection, term, june, limit=3)
        all_rows = trace_part(connection, term, june, limit=10_000)
    assert len(few.rows) == 3 < few.row_count
    shown = sum(float(row["contribution"]) for row in few.rows)
    assert shown + few.rest == pytest.approx(few.total)
    assert all_rows.rest == pytest.approx(0, abs=1e-6)
    sizes = [abs(row["contribution"]) for row in all_rows.rows]
    assert sizes == sorted(sizes, reverse=True)


def test_a_percentile_counts_those_below_and_above(settings: Settings) -> None:
    manifest = read_manifest(settings.target_dir / "manifest.json")
    (term,) = formula_of(manifest, "resolution_business_hours_p90").terms.values()
    quarter = Slice("quarter", dt.date(2026, 4, 1), dt.date(2026, 6, 30))
    with open_published(settings) as connection:
        part = trace_part(connection, term, quarter, limit=2)
    assert part.below is not None and part.above is not None
    assert part.below + part.above <= part.row_count
    # Nine in ten lie at or below it.
    assert part.above == pytest.approx(part.row_count / 10, abs=1)


def test_equal_contributions_stand_in_one_order_wherever_their_rows_lie() -> None:
    """A table that is built again holds the same rows, in another order."""
    term = Term("mrr", "months", "mrr", "sum", None, "month_start", False, None, {}, {}, False)
    of_june = Slice("month", dt.date(2026, 6, 1), dt.date(2026, 6, 30))
    shown = []
    for order in ("asc", "desc"):
        with duckdb.connect() as connection:
            connection.execute(
                "create table months as select * from (values "
                "('cus_2', 9, date '2026-06-01'), ('cus_3', 9, date '2026-06-01'), "
                "('cus_1', 9, date '2026-06-01')) as rows (customer_id, mrr, month_start) "
                f"order by customer_id {order}"
            )
            part = trace_part(connection, term, of_june, limit=2)
        shown.append([row["customer_id"] for row in part.rows])
    assert shown == [["cus_1", "cus_2"]] * 2


def test_a_trace_prints_parts_rows_and_the_way(settings: Settings) -> None:
    page = io.StringIO()
    assert print_trace(settings, Question("grr", "2026-06"), limit=2, terminal=page)
    text = page.getvalue()
    for told in (
        "GRR 2026-06",
        "owner chief customer officer",
        "retained_mrr_12m_capped =",
        "revenue_velocity.fct_customer_months",
        "The rows add up to what",
        "raw_stripe.subscription",
    ):
        assert told in text, told


def test_a_cohort_s_median_is_that_of_its_members() -> None:
    # Of four, one arrives after 2 days: 3/4 wait. One gives up waiting after 3. After 5 days
    # one of two left arrives: 3/8, so half have arrived.
    assert median_of_waiting([(2, True), (3, False), (5, True), (9, False)]) == 5
    # One of three: 2/3 wait for good.
    assert median_of_waiting([(2, True), (3, False), (9, False)]) is None
    assert median_of_waiting([]) is None


def test_a_cohort_shows_its_members_and_what_each_contributes(settings: Settings) -> None:
    page = io.StringIO()
    question = Question("time_to_provision_days", "2026-Q2")
    assert print_trace(settings, question, limit=2, terminal=page)
    text = " ".join(page.getvalue().split())
    with open_published(settings) as connection:
        ((members, waiting),) = connection.execute(
            "select member_count, waiting_count "
            "from value_realization.fct_onboarding_duration_cohorts "
            "where duration_type = 'time_to_provision' and grain = 'quarter' "
            "and cohort_on = '2026-04-01' and dimension = 'total'"
        ).fetchall()
    assert f"cohort_members: {members} members" in text
    assert f"and {waiting} still wait (censored)" in text
    assert "files behind customer_id" in text


def test_every_part_of_every_metric_leads_to_rows_of_files(settings: Settings) -> None:
    """A number that cannot be followed to a file is nobody's. Remedy: `source_rows`."""
    manifest = read_manifest(settings.target_dir / "manifest.json")
    formulas = {formula.metric_id: formula for formula in formulas_of(manifest)}
    lost, followed = set(), 0
    with open_published(settings) as connection:
        for metric, *place, _, _, _ in connection.execute(VALUES, TOTAL).fetchall():
            for term in formulas[metric].terms.values():
                _, found = behind_part(
                    connection, term, Slice(*place), find_sources(connection, metric), limit=1
                )
                followed += 1
                if not found:
                    lost.add(metric)
        missing = connection.execute(
            # Of what this company delivers.
            "select 'raw_' || system || '.' || object_name from governance.row_accounting "
            "where row_count > 0 intersect "
            "select from_schema || '.' || from_table from governance.metric_lineage "
            "where is_source "
            "except select source_table from governance.source_rows"
        ).fetchall()
    assert lost <= OF_THE_PIPELINE
    assert followed > 250
    # Its tags stand in the row of their organisation.
    assert missing == [("raw_zendesk.organization_tag",)]


def test_rows_of_marts_lead_to_rows_of_files(settings: Settings) -> None:
    manifest = read_manifest(settings.target_dir / "manifest.json")
    (term,) = formula_of(manifest, "resolution_business_hours_p90").terms.values()
    june = Slice("month", dt.date(2026, 6, 1), dt.date(2026, 6, 30))
    with open_published(settings) as connection:
        part = trace_part(connection, term, june, limit=1)
        (row,) = part.rows
        sources = find_sources(connection, term.name)
        key, found = behind_row(connection, part, row, june, sources, limit=1)
        _, of_all = behind_part(connection, term, june, sources, limit=1)
    sources = {source.source_table: source for source in found}
    assert key == "ticket_id"
    assert sources["raw_zendesk.ticket_field_history"].row_count > 1
    # One row of the newest file for each ticket of the part.
    (tickets,) = [source for source in of_all if source.source_table == "raw_zendesk.ticket"]
    assert tickets.row_count == part.row_count
    file, _, number = sources["raw_zendesk.ticket"].first[0].rpartition(":")
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        told = connection.execute(
            "select cast(id as varchar) from raw_zendesk.ticket where _file = ? and _file_row = ?",
            [file, int(number)],
        ).fetchall()
        ((newest,),) = connection.execute(
            "select max(load_id) from raw_meta.files where path = ?", [file]
        ).fetchall()
    assert told == [(row["ticket_id"],)]
    assert sources["raw_zendesk.ticket"].newest_load[:2] == (newest, file)


@pytest.mark.parametrize(
    ("metric", "grain", "start", "dimension", "value"),
    [
        ("nrr", "month", dt.date(2026, 6, 1), "total", "total"),
        ("nrr", "quarter", dt.date(2026, 4, 1), "segment", "smb"),
        ("mrr", "week", dt.date(2026, 6, 22), "region", "emea"),
        ("resolution_business_hours_p90", "month", dt.date(2026, 6, 1), "total", "total"),
        ("time_to_provision_days", "quarter", dt.date(2026, 4, 1), "total", "total"),
        ("gross_margin", "month", dt.date(2026, 6, 1), "total", "total"),
        ("availability", "month", dt.date(2026, 6, 1), "service", "api"),
        ("mrr", "month", dt.date(2026, 6, 1), "industry", "retail"),
        ("time_to_provision_days", "quarter", dt.date(2026, 4, 1), "industry", "retail"),
    ],
)
def test_table_functions_say_the_same(
    settings: Settings, metric: str, grain: str, start: dt.date, dimension: str, value: str
) -> None:
    manifest = read_manifest(settings.target_dir / "manifest.json")
    formula = formula_of(manifest, metric)
    with open_published(settings) as connection:
        ((end,),) = connection.execute(
            "select any_value(period_end) from governance.metric_values "
            "where grain = ? and period_start = ?",
            [grain, start],
        ).fetchall()
        asked = (
            f"('{metric}', '{grain}', date '{start}', of_dimension := '{dimension}', "
            f"of_value := '{value}')"
        )
        told = {
            part: (count, total)
            for part, count, total in connection.execute(
                "select part, count(*), sum(contribution) "
                f"from governance.trace_rows{asked} group by part"
            ).fetchall()
        }
        files = connection.execute(
            "select distinct part, source_table, file, file_row, row_count "
            f"from governance.trace_files{asked}"
        ).fetchall()
        assert told.keys() == formula.terms.keys()
        for name, term in formula.terms.items():
            traced = Slice(grain, start, end, dimension, value)
            part = trace_part(connection, term, traced, limit=100_000)
            count, total = told[name]
            assert count == part.row_count
            if not part.below:
                assert adds_up(total, sum(float(row["contribution"]) for row in part.rows))
            sources = find_sources(connection, metric)
            key, found = behind_part(connection, term, traced, sources, limit=1)
            of_part = [row for row in files if row[0] == name]
            # What is made of many has no key that leads to a row.
            assert bool(of_part) == (key is not None)
            if key == "ticket_id":
                assert sum(row[4] for row in of_part) == sum(one.row_count for one in found)


def test_table_functions_can_be_read(settings: Settings) -> None:
    """Catalogues of BI tools show their text; a metric's parts have a function of their own."""
    with open_published(settings) as connection:
        lengths = dict(
            connection.execute(
                "select function_name, length(macro_definition) from duckdb_functions() "
                "where database_name = current_database() and not internal"
            ).fetchall()
        )
    assert {"trace_rows", "trace_files"} < lengths.keys()
    assert {name: length for name, length in lengths.items() if length > 50_000} == {}


def test_table_functions_take_their_arguments_from_a_query(settings: Settings) -> None:
    with open_published(settings) as connection:
        answers = connection.execute(
            "select (select count(*) from governance.trace_rows("
            "asked.metric_id, asked.grain, asked.period_start)), "
            "(select count(*) from governance.trace_rows('mrr', 'month', date '2026-06-01')) "
            "from governance.metric_values as asked where asked.metric_id = 'mrr' "
            "and asked.grain = 'month' and asked.period_start = '2026-06-01' "
            "and asked.dimension = 'total'"
        ).fetchall()
    ((of_the_row, of_the_metric),) = answers
    assert of_the_row == of_the_metric > 0


def test_a_trace_waits_for_no_run(settings: Settings) -> None:
    page = io.StringIO()
    with hold_lock(settings.lock_path, holder="run 7", timeout_seconds=0, on_wait=print):
        assert print_trace(settings, Question("grr"), limit=2, terminal=page)
    assert "files behind customer_id" in page.getvalue()
    assert "Last changed by load" in page.getvalue()


def test_a_customer_s_rows_are_its_own(settings: Settings) -> None:
    with open_published(settings) as connection:
        ((customer,),) = connection.execute(
            "select customer_id from revenue_velocity.fct_mrr_balances "
            "where snapshot_on = '2026-06-30' order by mrr desc limit 1"
        ).fetchall()
    print_trace(
        settings, Question("mrr", customer_id=customer), limit=9, terminal=(page := io.StringIO())
    )
    assert customer in page.getvalue()
    assert "1 rows" in page.getvalue()
    assert "raw_stripe.customer 1," in page.getvalue()
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
    with pytest.raises(TraceError, match=r"did you mean segment=smb.* its slices: channel="):
        print_trace(settings, Question("nrr", dimension="segment", dimension_value="smbb"), limit=1)
    with pytest.raises(TraceError, match=r"2031-01 .*month, quarter from .* to 2026-06-30"):
        print_trace(settings, Question("nrr", "2031-01"), limit=1)
    with pytest.raises(TraceError, match="no customer cus_1; did you mean cus_"):
        print_trace(settings, Question("nrr", customer_id="cus_1"), limit=1)
    with pytest.raises(TraceError, match="write 2026-06, 2026-Q2"):
        parse_period("june")
    assert parse_period("2026-Q2") == ("quarter", dt.date(2026, 4, 1))
    assert parse_period("2026-W01") == ("week", dt.date(2025, 12, 29))
