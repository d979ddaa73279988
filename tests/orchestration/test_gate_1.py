"""A delivery that gate 1 refuses: who is told what, and the operator's two ways out."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.report.names import written_texts
from orchestration.report.published import ask_published
from orchestration.report.trace import Question
from orchestration.report.trace_terminal import print_trace
from tests.orchestration.homes import PERIODS, Ended, Home, Refreshed
from tests.orchestration.jobs import execute

UNKNOWN_STATUS = "s4,c4,2026-01-01,,10,1,month,usd,foo"
NEGATIVE = "s5,c5,2026-01-01,,-10,1,month,usd,active"
DIFFERING = [
    f"s{key},c{key},2026-01-01,,{amount},1,month,usd,active"
    for amount in (10, 11)
    for key in (8, 7, 6)
]
CORRECTED = "s6,c6,2026-01-01,,10,1,month,usd,active"
GOOD = "s8,c8,2026-01-01,,10,1,month,usd,active"
# What nobody may read in what is published.
NAMES = ("Quartermain", "Featherstonehaugh", "zelda.q@secret.example", "billing@secret.example")
# Who decides about a file, and why.
DECIDED = ("--by", "Kim", "--why", "agreed with billing")
FREE_TEXT = "wants a discount, says Featherstonehaugh"


@dataclass(frozen=True)
class Decided:
    """What was said at every step, and the home at the end."""

    version_before: str | None
    refused: Ended
    refused_version: str | None
    refused_runs: int
    docs: dict[str, str]
    accepted: Ended
    half_decided: str
    withdrawn: Ended
    at_last: Ended
    again: Ended
    home: Home


@pytest.fixture(scope="module")
def decided(refreshed: Refreshed, definitions: dg.Definitions) -> Decided:
    """Bad files land in the refreshed company; one is accepted, one replaced, others withdrawn."""
    home = refreshed.at_work()
    before = home.published
    builds = len(home.ask("from raw_meta.runs"))
    land_people(home)
    home.land("unknown.csv", CORRECTED.replace("6", "7"), UNKNOWN_STATUS)
    home.land("negative.csv", NEGATIVE)
    spoiled = land_spoiled(home)
    refused = home.drivewheel("run")
    version = home.published
    runs = len(home.ask("from raw_meta.runs")) - builds
    docs = {
        asset: (home.settings.docs_dir / asset / "delivery_is_usable.html").read_text()
        for asset in (PERIODS, "quickbooks/journal_entry_line")
    }
    accepted = home.drivewheel("accept", "unknown.csv", *DECIDED)
    half_decided = refusal_of_gate_1(execute(definitions, home, dg.AssetSelection.all()))
    # The ledger's lines are left as they are; what was refused of the contracts is withdrawn,
    # removed or corrected.
    withdrawn = home.drivewheel("withdraw", str(spoiled[0]), *DECIDED)
    for path in spoiled[1:-1]:
        path.unlink()
    # It goes on missing, and everybody knows why.
    assert home.drivewheel("accept", "sonarqube/file_metrics", *DECIDED).code == 0
    home.land("negative.csv", CORRECTED)
    at_last = home.drivewheel("run")
    again = home.drivewheel("run")
    return Decided(
        before,
        refused,
        version,
        runs,
        docs,
        accepted,
        half_decided,
        withdrawn,
        at_last,
        again,
        home,
    )


def land_spoiled(home: Home) -> list[Path]:
    """A drifted schema, half a file, one that contradicts itself, a ledger out of balance.

    And a silence. The first three are of a central object, the ledger is none.
    """
    without_quantity = "subscription_id,customer_id,started_on,ended_on,amount,interval,status"
    # Measured on each of eighteen days; people go on for five days more.
    home.land(
        "march.csv",
        *(f"web,a.py,2026-03-{day:02},100,50,5,0" for day in range(9, 27)),
        folder="sonarqube/file_metrics",
        header="project,file,day,ncloc,lines_to_cover,uncovered_lines,bugs",
    )
    home.land(
        "march.csv",
        "bing,brand,2026-03-31,usd,5,100,1",
        folder="ads/campaign_spend",
        header="channel,campaign,day,currency,spend,impressions,clicks",
    )
    return [
        home.land("drifted.csv", "s9,c9,2026-01-01,,10,month,active", header=without_quantity),
        home.land("half.csv", GOOD, *(GOOD.replace("8", n) for n in "34567"), "s9,c9,2026-0"),
        home.land("doubled.csv", *DIFFERING),
        home.land(
            "lines.csv",
            "j1,0,50,Debit",
            "j1,1,50,Credit",
            "j2,0,50,Debit",
            "j2,1,49.99,Credit",
            folder="quickbooks/journal_entry_line",
            header="journal_entry_id,index,amount,posting_type",
        ),
    ]


def refusal_of_gate_1(result: dg.ExecuteInProcessResult) -> str:
    """The rows that gate 1 refuses, as text; empty where dbt has run."""
    evaluated = result.get_asset_check_evaluations()
    failed = [
        found
        for found in evaluated
        if found.blocking and not found.passed and found.severity is dg.AssetCheckSeverity.ERROR
    ]
    steps = {event.step_key for event in result.all_events if event.is_step_start}
    return "" if "build_warehouse" in steps else "".join(str(found.metadata) for found in failed)


def land_people(home: Home) -> None:
    """Names and addresses, in every kind of column that holds them."""
    home.land(
        "customers.csv",
        "c1,Zelda Quartermain",
        folder="contracts/customer",
        header="customer_id,name",
    )
    home.land(
        "customers.csv",
        f'cus_1,2025-10-10,billing@secret.example,Quartermain Ltd,"{FREE_TEXT}",true',
        folder="stripe/customer",
        header="id,created,email,name,description,livemode",
    )
    home.land(
        "accounts.csv",
        "a1,Quartermain Ltd,cus_1,2025-10-10,2025-10-10",
        folder="app/account",
        header="id,name,stripe_customer_id,created_at,updated_at",
    )
    home.land(
        "users.csv",
        "zelda.q@secret.example,a1,zelda.q@secret.example,2025-10-10,2025-10-10",
        folder="app/user",
        header="id,account_id,email,created_at,updated_at",
    )
    home.land(
        "tracks.csv",
        "e1,login,zelda.q@secret.example,a1,2026-03-30T10:00:00",
        "e1,login,zelda.q@secret.example,a1,2026-03-30T10:00:00",
        folder="segment/tracks",
        header="id,event,user_id,group_id,timestamp",
    )


def test_a_refused_delivery_publishes_nothing_and_dbt_does_not_run(decided: Decided) -> None:
    assert decided.refused.code == 1, decided.refused.terminal
    assert decided.refused_version == decided.version_before
    assert decided.refused_runs == 0
    assert "dbt:" not in decided.refused.terminal


@pytest.mark.parametrize(
    "told",
    [
        "nothing was published; readers keep the last version",
        "check delivery_is_usable on contracts/subscription_periods failed",
        f"{PERIODS}/unknown.csv:2  reason status: 'foo': status is one of active, trialing, ",
        f"{PERIODS}/negative.csv:1  reason amount: '-10.000000': amount is at least 0",
        f"{PERIODS}/drifted.csv  column_name quantity",
        f"{PERIODS}/half.csv:7  reason the line is no row of this file",
        f"{PERIODS}/doubled.csv:4",
        f"{PERIODS}/doubled.csv:6",
        "quarantined: quickbooks/journal_entry_line: every journal that is delivered balances",
        "first quickbooks/journal_entry_line/lines.csv:3  journal_entry_id j2, difference 0.0100",
        "check delivery_is_usable on sonarqube/file_metrics failed",
        "sonarqube/file_metrics/march.csv  last_day 2026-03-26, stale_days 5",
        "put the corrected file in its place, or remove it",
        "`drivewheel accept FILE`",
    ],
)
def test_the_terminal_names_check_asset_file_row_and_remedy(decided: Decided, told: str) -> None:
    assert told in decided.refused.terminal


def test_pages_of_a_refused_run_name_the_rows(decided: Decided) -> None:
    site = decided.docs
    assert "data_docs/index.html" in decided.refused.terminal
    assert f"{PERIODS}/unknown.csv" in site[PERIODS]
    assert f"{PERIODS}/negative.csv" in site[PERIODS]
    assert "quickbooks/journal_entry_line/lines.csv" in site["quickbooks/journal_entry_line"]


def test_a_rerun_refuses_again_what_is_not_decided(decided: Decided) -> None:
    assert decided.accepted.code == 0
    assert "negative.csv" in decided.half_decided
    # Nor is what is set aside, beside it, of an object that stops nothing.
    assert "unknown.csv" not in decided.half_decided
    assert "quickbooks" not in decided.half_decided


def test_after_the_decisions_a_run_publishes(decided: Decided) -> None:
    assert decided.withdrawn.code == 0, decided.withdrawn.terminal
    assert decided.at_last.code == 0, decided.at_last.terminal
    assert decided.home.published != decided.refused_version
    assert "rebuilding everything: withdrawn: " in decided.at_last.terminal


def test_a_refresh_goes_on_without_a_file_that_is_not_central(decided: Decided) -> None:
    told = decided.at_last.terminal
    assert "1 file is quarantined, and everything else was refreshed without:" in told
    assert "  quickbooks/journal_entry_line/lines.csv: every journal that is delivered bal" in told
    assert decided.home.ask(
        "select status, refused_at is not null from raw_meta.files where path like '%lines.csv'"
    ) == [("pending", True)]
    assert decided.home.ask("from staging.stg_quickbooks__journal_lines") == []


def test_what_is_set_aside_is_no_news(decided: Decided) -> None:
    assert decided.again.code == 0
    assert "nothing new: no new file" in decided.again.terminal
    assert "1 file is quarantined" in decided.again.terminal


def test_the_accepted_file_counts_and_of_the_withdrawn_one_no_row_is_left(
    decided: Decided,
) -> None:
    raw = decided.home.ask(
        "select subscription_id from raw_contracts.subscription_periods order by all"
    )
    assert [key for (key,) in raw] == ["s1", "s2", "s3", "s6", "s7"]
    rows = decided.home.published_rows()
    customers = {row[0] for row in rows["core.dim_customers"]}
    assert {"c1", "c2", "c3", "c6", "c7"} <= customers
    assert "c5" not in customers
    assert decided.home.ask(
        "select status, accepted_by, count(*) from raw_meta.files "
        "where path like '%unknown.csv' or path like '%negative.csv' group by all order by all"
    ) == [
        ("accepted", "gate_1", 1),
        ("accepted", "operator", 1),
    ]


def test_an_event_that_was_delivered_twice_passes_gate_3(decided: Decided) -> None:
    assert decided.home.ask("select count(*) from raw_segment.tracks") == [(2,)]
    assert decided.home.ask(
        "select sum(event_count) from intermediate.int_product__usage_days"
    ) == [(1,)]


def test_no_name_and_no_address_is_published(decided: Decided) -> None:
    path = str(decided.home.settings.serving_path)
    with duckdb.connect(path, read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall()
        for schema, table in tables:
            # A row as text holds every column, lists and structs included.
            found = connection.execute(
                f"select row_text from (select cast(t as varchar) as row_text "
                f'from "{schema}"."{table}" as t) '
                "where regexp_matches(row_text, ?, 'i')",
                ["|".join(NAMES)],
            ).fetchall()
            assert found == [], f"{schema}.{table}"
    # Not even in pages of the file that no table speaks of.
    content = decided.home.settings.serving_path.read_bytes()
    assert [name for name in NAMES if name.encode() in content] == []


def test_a_file_that_changed_under_its_name_stops_the_run(home: Home) -> None:
    before = home.published
    home.land("periods.csv", CORRECTED)
    home.land("more.csv", CORRECTED.replace("6", "8"))
    ended = home.drivewheel("run")
    assert ended.code == 2
    assert f"{PERIODS}/periods.csv: changed after it was loaded" in ended.terminal
    assert f"drivewheel withdraw {PERIODS}/periods.csv" in ended.terminal
    assert home.published == before
    # The other file is loaded, and waits for gate 1.
    assert home.ask("select status from raw_meta.files where path like '%more.csv'") == [
        ("pending",)
    ]


@pytest.mark.parametrize("decision", ["accept", "withdraw"])
def test_a_decision_on_an_unknown_file_names_near_ones(home: Home, decision: str) -> None:
    ended = home.drivewheel(decision, "perids.csv", *DECIDED)
    assert ended.code == 2
    assert f"Near matches: {PERIODS}/periods.csv" in ended.terminal


def test_who_decided_about_which_file_and_why_is_kept_and_traced(decided: Decided) -> None:
    """In the published file what was decided, and beside it by whom: a person is named there."""
    settings = decided.home.settings
    rows = ask_published(
        settings, "select * from governance.landing_decisions order by cast(decision_id as int)"
    )
    assert [(row["decision"], row["source_name"]) for row in rows] == [
        ("accepted", "contracts"),
        ("withdrawn", "contracts"),
        ("stale_accepted", "sonarqube"),
    ]
    said = written_texts(settings, "landing_decision")
    assert {said[row["decision_id"], "decided_by"] for row in rows} == {"Kim"}
    assert {said[row["decision_id"], "reason"] for row in rows} == {"agreed with billing"}
    text = io.StringIO()
    print_trace(settings, Question("mrr", "2025-10"), limit=1, terminal=text)
    told = " ".join(text.getvalue().split())
    assert f"Withdrawn: {rows[1]['path']}, {rows[1]['decided_on']} by Kim: agreed with" in told


@pytest.mark.parametrize("decision", ["accept", "withdraw"])
def test_a_decision_without_a_reason_is_none(home: Home, decision: str) -> None:
    ended = home.drivewheel(decision, "periods.csv")
    assert ended.code == 2
    assert "Missing option '--why'" in ended.terminal
    ended = home.drivewheel(decision, "periods.csv", "--why", " ")
    assert ended.code == 2
    assert "a decision needs who decides (--by) and why (--why)" in ended.terminal
