"""The inner loop: a changed table is built on a copy, and the values that it moves are told."""

from __future__ import annotations

import os
import signal

import duckdb
import pytest

from orchestration.company.folder import SHIPPED_DIR
from tests.orchestration.homes import Refreshed

MRR = (
    "select value from governance.metric_values where metric_id = 'mrr' and grain = 'month' "
    "and dimension = 'total' and period_start = date '2026-03-01'"
)


@pytest.mark.slow
def test_a_change_is_built_on_a_copy_and_the_values_that_it_moves_are_told(
    refreshed: Refreshed,
) -> None:
    """Of three customers one pays 1200 euros a year: at twice the rate 100 euros a month more."""
    home = refreshed.at_work()
    [(before,)] = home.ask(MRR)
    company = home.settings.landing_dir / "company"
    company.mkdir()
    rates = (SHIPPED_DIR / "fx_rates.csv").read_text()
    (company / "fx_rates.csv").write_text(with_dearer_euro(rates, 2))
    [euro] = [
        line.split(",")[2] for line in rates.splitlines() if line.startswith("eur,2026-03-01")
    ]
    ended = home.drivewheel("dev", "run", "--limit", "500")
    assert ended.code == 0, ended.terminal
    told = ended.terminal.split("built ")[1].split("; ")[0].split(", ")
    assert {"fx_rates", "int_currencies__monthly_rates", "metric_values"} <= {*told}
    assert "int_support__tickets" not in told
    assert " mrr " in ended.terminal
    with duckdb.connect(str(home.path / "dev/warehouse.duckdb"), read_only=True) as connection:
        [(after,)] = connection.execute(MRR).fetchall()
    assert round(float(after) - float(before), 6) == round(100 * float(euro), 6)
    # The home is as it was.
    assert home.ask(MRR) == [(before,)]


@pytest.mark.slow
def test_what_is_saved_is_built_while_it_watches(refreshed: Refreshed) -> None:
    """As above, twice: each change is told with its own values, and Ctrl-C ends all of it."""
    home = refreshed.at_work()
    company = home.settings.landing_dir / "company"
    company.mkdir()
    rates = (SHIPPED_DIR / "fx_rates.csv").read_text()
    (company / "fx_rates.csv").write_text(rates)
    said: list[str] = []

    def until(words: str) -> str:
        """What is said from now on through a line with certain words."""
        assert process.stdout
        told = []
        for line in process.stdout:
            told.append(line)
            if words in line:
                break
        said.extend(told)
        assert words in told[-1], said
        return "".join(told)

    process = home.start("orchestration", "dev", "run", "--watch", "--limit", "500")
    try:
        until("waiting for what you save")
        for factor in (2, 3):
            (company / "fx_rates.csv").write_text(with_dearer_euro(rates, factor))
            told = until("as they were")
            assert "saved: " in told
            assert "built fx_rates" in told or ", fx_rates," in told
            told = until("as they were")
            assert " mrr " in told
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert home.drivewheel("dev", "run").code == 0


def with_dearer_euro(rates: str, factor: float) -> str:
    return "\n".join(
        f"{line.rpartition(',')[0]},{factor * float(line.rpartition(',')[2])}"
        if line.startswith("eur,")
        else line
        for line in rates.splitlines()
    )


@pytest.mark.slow
def test_what_a_metric_leaves_open_is_asked_for_in_words(refreshed: Refreshed) -> None:
    """As `dev new metric` writes it: no unit, no direction; nothing is built."""
    home = refreshed.at_work()
    folder = home.settings.landing_dir / "company/models/marts/customer_health"
    folder.mkdir(parents=True)
    (folder / "fct_calls.sql").write_text(
        "-- Grain: one row per customer.\n"
        "select customers.customer_id, date '2026-03-01' as called_on, 1 as call_count,\n"
        "from {{ ref('dim_customers') }} as customers\n"
    )
    (folder / "fct_calls.yml").write_text(
        "version: 2\nmodels:\n  - name: fct_calls\n    description: Calls.\n"
        "    semantic_model: {enabled: true, name: calls}\n"
        "    agg_time_dimension: called_on\n    primary_entity: call\n    columns:\n"
        "      - {name: called_on, data_type: date, granularity: day, dimension: {type: time}}\n"
        "      - {name: call_count, data_type: integer}\n    metrics:\n"
        "      - {name: calls, label: Calls, agg: sum, expr: call_count,\n"
        "         config: {meta: {unit: , direction: }}}\n"
    )
    ended = home.drivewheel("dev", "run")
    assert ended.code == 2
    assert "metric calls: `unit` is null; say one of rate, ratio" in ended.terminal
    assert "`direction` is null; say one of up, down" in ended.terminal
    assert "Traceback" not in ended.terminal


def test_impact_names_what_descends_from_a_model(refreshed: Refreshed) -> None:
    home = refreshed.home
    ended = home.drivewheel("dev", "impact", "fct_milestones", "quickbooks.bill")
    assert ended.code == 0, ended.terminal
    milestones, bills = ended.terminal.split("quickbooks.bill: ")
    assert "milestone_on_time_rate" in milestones
    assert "grr" not in milestones.split("metrics: ")[1].split("\n")[0].split(", ")
    assert "gross_margin" in bills
    unknown = home.drivewheel("dev", "impact", "fct_milestone")
    assert unknown.code == 2
    assert "did you mean fct_milestones?" in unknown.terminal
