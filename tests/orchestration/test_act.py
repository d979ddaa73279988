"""Acts on what is published: a file each, shown at once, and in the log after the next load."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from orchestration.act import commands
from orchestration.cli import main
from orchestration.settings import PROJECT_DIR

SCHEMA = """
create schema governance; create schema audiences;
create table audiences.executive_scorecard as select date '2026-06-30' as snapshot_on;
create table governance.open_interventions (
    intervention_id varchar, trigger_type varchar, trigger varchar, metric_id varchar,
    dimension varchar, dimension_value varchar, customer_id varchar, step varchar,
    owner_role varchar, due_on date, state varchar, acknowledged_at timestamp,
    action_ids varchar[], value_at_stake double, expected_return double);
insert into governance.open_interventions values
    ('aa11', 'customer', 'detractor', 'nps', 'customer', 'c1', 'c1', 'Call', 'account_manager',
        date '2026-06-20', 'overdue', null, [], 500, 25),
    ('ab22', 'breach', 'grr', 'grr', 'total', 'total', null, 'Review', 'head_of_sales',
        date '2026-07-20', 'open', null, [], null, null),
    ('cc33', 'logged', null, 'grr', 'total', 'total', null, 'Logged by its owner', 'head_of_sales',
        date '2026-07-20', 'open', null, ['act_0007'], null, null);
create table governance.interventions as
select *, date '2026-06-01' as opened_on, cast(null as date) as ended_on, true as is_open
from governance.open_interventions;
insert into governance.interventions by name
select 'dd44' as intervention_id, 'customer' as trigger_type, 'at_risk' as trigger,
    'customer_health_score' as metric_id, 'customer' as dimension, 'c2' as dimension_value,
    'c2' as customer_id, 'Outreach' as step, 'account_manager' as owner_role, 'queued' as state,
    [] as action_ids, 70 as value_at_stake, 7 as expected_return,
    date '2026-06-02' as opened_on, false as is_open;
create table governance.metric_reviews as
select 'rev_1' as review_id, 'grr' as metric_id, date '2026-06-10' as due_on,
    cast(null as date) as held_on, 'chief_operating_officer' as owner_role;
create table governance.experiment_readouts as select 'exp_1' as experiment_id, 'nps' as metric_id;
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that has published three open steps, a review that is due, and an experiment."""
    (tmp_path / "serving").mkdir()
    with duckdb.connect(str(tmp_path / "serving/drivewheel.duckdb")) as published:
        published.execute(SCHEMA)
    return tmp_path


def act(home: Path, *arguments: str) -> Result:
    where = ("--home", str(home), "--landing", str(home / "landing"))
    return CliRunner().invoke(main, ["act", *arguments, *where], catch_exceptions=False)


def rows(home: Path, table: str) -> list[dict[str, str]]:
    """The rows of all acts on a table, oldest first, without what they do not say."""
    found = []
    for path in sorted((home / "landing/governance" / table).glob("act-*.csv")):
        with path.open(newline="") as file:
            found += [{k: v for k, v in row.items() if v} for row in csv.DictReader(file)]
    return found


def test_each_act_is_a_file_and_keeps_what_was_said_before(home: Path) -> None:
    assert act(home, "acknowledge", "aa", "--by", "Ada", "--why", "she answers").exit_code == 0
    assert act(home, "snooze", "aa11", "--until", "2026-07-15", "--by", "Bo").exit_code == 0
    first, second = rows(home, "action_log")
    assert (first["acted_by"], first["reason"]) == ("Ada", "she answers")
    assert (second["acted_by"], second["due_on"]) == ("Bo", "2026-07-15")
    assert second["id"] == first["id"] == "act-aa11"
    assert second["acted_at"] == first["acted_at"] == first["updated_at"] < second["updated_at"]
    assert second["intervention_id"] == "aa11" and second["customer_id"] == "c1"


def test_what_was_recorded_shows_at_once(home: Path) -> None:
    act(home, "snooze", "aa11", "--until", "2026-07-15")
    act(home, "acknowledge", "aa11")
    act(home, "assign", "aa11", "head_of_sales")
    act(home, "close", "ab22", "--outcome", "worked")
    said = act(home, "list").output
    assert "aa11  acknowledged, due 2026-07-15  head_of_sales: Call for c1" in said
    assert "recorded, not published yet" in said
    assert "ab22" not in said


def test_a_review_is_held_and_an_experiment_decided(home: Path) -> None:
    assert act(home, "review", "grr", "--conclusion", "intervene").exit_code == 0
    assert act(home, "decide", "exp_1", "--outcome", "stop").exit_code == 0
    (review,), (decision,) = rows(home, "review"), rows(home, "decision")
    assert review["id"] == "rev_1" and review["conclusion"] == "intervene"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", review["held_on"])
    assert decision["experiment_id"] == "exp_1" and decision["metric_id"] == "nps"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("acknowledge", "a"), "2 open steps have an id that begins with a"),
        (("acknowledge", "zz"), "no open step has an id that begins with zz"),
        (("close", "cc33", "--outcome", "worked"), "row act_0007 of the action log"),
        (("assign", "aa11", "boss"), "no role boss; there are account_manager"),
        (("review", "nps", "--conclusion", "intervene"), "no review of nps is due"),
        (("decide", "exp_2", "--outcome", "stop"), "no experiment exp_2; there are: exp_1"),
    ],
)
def test_what_cannot_be_acted_on_is_told_with_what_can(
    home: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = act(home, *arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert not (home / "landing").exists()


def test_the_words_are_those_that_are_published_as_they_are() -> None:
    macros = (PROJECT_DIR / "dbt_project/macros/codes.sql").read_text()
    for kind, words in (
        ("outcome", commands.OUTCOMES),
        ("lesson", commands.LESSONS),
        ("conclusion", commands.CONCLUSIONS),
    ):
        listed = re.search(rf"'{kind}': \[(.*?)\]", macros, re.DOTALL)
        assert listed
        assert tuple(re.findall(r"'(\w+)'", listed[1])) == words


def test_what_waits_is_told_and_begun_by_whoever_acts_on_it(home: Path) -> None:
    told = act(home, "list").output
    assert "dd44" not in told
    assert told.endswith("besides: 1 wait for their role (--waiting)\n")
    waiting = act(home, "list", "--waiting").output
    assert waiting == (
        "dd44  queued  account_manager: Outreach for c2 (customer_health_score, 70 at stake)\n"
    )
    assert act(home, "acknowledge", "dd44", "--by", "Kim").exit_code == 0
    assert "dd44  acknowledged  account_manager: Outreach" in act(home, "list").output
    assert act(home, "list", "--waiting").output == "no step waits\n"
