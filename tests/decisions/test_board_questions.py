"""Twenty questions of a board, each answered from the landing files, a command and a click.

From the landing files is by the oracles: plain Python over what was delivered, without staging and
marts. A click is a page that the executive page leads to.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from orchestration.pages import addresses
from orchestration.pages.routes import render_page
from orchestration.pages.site import Site
from orchestration.report.tables import NO_BREAK
from orchestration.settings import Settings
from tests.conftest import DEMO_END
from tests.oracles.catalogue import Company
from tests.oracles.landing import is_deleted, read_landing
from tests.oracles.notices import Notices
from tests.oracles.recompute_people import headcount_on
from tests.oracles.results import Month, Movement
from tests.oracles.whois import topmost_parents
from tests.tables import tables_dir

MONTH = DEMO_END.replace(day=1)
SOURCES = ("stripe", "contracts", "hubspot", "quickbooks", "bamboohr", "app", "governance")


@dataclass(frozen=True, eq=False)
class Known:
    """What somebody who has the landing files alone can work out."""

    company: Company
    tables: Path

    @cached_property
    def months(self) -> list[Month]:
        """June of each customer."""
        return [month for month in self.company.mrr.months if month.month_start == MONTH]

    def total(self, name: str) -> float:
        """A sum over June of all customers."""
        return float(sum(getattr(month, name) for month in self.months))

    @cached_property
    def largest_loss(self) -> Movement:
        """Of what left in June the most."""
        losses = [
            movement
            for movement in self.company.mrr.movements
            if movement.movement_type == "churn" and movement.occurred_on >= MONTH
        ]
        return min(losses, key=lambda movement: movement.mrr_change)

    def retained(self, *, with_growth: bool) -> float:
        """What is left of the MRR of a year before; growth counts or does not."""
        opening = sum(month.opening_mrr_12m for month in self.months)
        kept = sum(
            month.retained_mrr_12m
            if with_growth
            else min(month.opening_mrr_12m, month.retained_mrr_12m)
            for month in self.months
        )
        return float(kept / opening)

    def largest(self, count: int) -> float:
        """The share of so many customers, the largest with all that belongs to them, in MRR."""
        parents, owned = topmost_parents(self.company), Counter[str]()
        for month in self.months:
            owned[parents.get(month.customer_id) or month.customer_id] += month.closing_mrr
        return float(sum(mrr for _, mrr in owned.most_common(count)) / sum(owned.values()))

    @cached_property
    def notices(self) -> dict[str, list[dt.date]]:
        """By customer the first day of each notice that runs, of his subscriptions."""
        told, found = Notices(self.company), {}
        for row in self.company.landing.newest("stripe.subscription"):
            days = told.days.get(row["id"], [])
            began = [day for day in days if told.runs(row["id"], day)]
            if began:
                found.setdefault(row["customer_id"], []).append(began[0])
        return found

    def running(self) -> set[str]:
        """Whose notice runs at the end of June, and who pays something."""
        told = Notices(self.company)
        pays = {month.customer_id for month in self.months if month.closing_mrr > 0}
        return pays & {
            row["customer_id"]
            for row in self.company.landing.newest("stripe.subscription")
            if told.runs(row["id"], DEMO_END)
        }

    def cash(self) -> float:
        """Debits less credits of accounts whose money can be spent, of journals not deleted."""
        landing = self.company.landing
        free = {
            row["account_number"]
            for row in self.company.seed("ledger_account_map")
            if row["account_number"] and row["category"] == "cash"
        }
        accounts = {
            row["id"]
            for row in landing.newest("quickbooks.account")
            if row["account_number"] in free
        }
        days = {
            row["id"]: row["transaction_date"]
            for row in landing.newest("quickbooks.journal_entry")
            if not is_deleted(row)
        }
        return sum(
            float(row["amount"]) * (1 if row["posting_type"] == "Debit" else -1)
            for row in landing.newest("quickbooks.journal_entry_line")
            if row["account_id"] in accounts
            and row["journal_entry_id"] in days
            and days[row["journal_entry_id"]] <= DEMO_END
        )

    def table(self, name: str) -> list[dict[str, str]]:
        """Rows of a table of the company's."""
        with (self.tables / f"{name}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    def planned(self, metric: str, *, is_first: bool = False) -> float:
        """What the plan says of June, the newest version or the first."""
        versions = [
            row
            for row in self.table("metric_plan")
            if row["metric_id"] == metric and row["month_start"] == str(MONTH)
        ]
        chosen = (min if is_first else max)(versions, key=lambda row: row["agreed_on"])
        return float(chosen["planned"])

    def target(self, metric: str) -> float:
        """What is to be reached in June."""
        rows = [
            row
            for row in self.table("metric_targets")
            if (row["metric_id"], row["grain"], row["dimension"]) == (metric, "month", "total")
            and row["valid_from"] <= str(MONTH)
        ]
        return float(max(rows, key=lambda row: row["valid_from"])["target"])


@pytest.fixture(scope="module")
def known(story_home: Path) -> Known:
    landing = read_landing(story_home / "landing", SOURCES)
    return Known(
        Company(landing, DEMO_END, {}, tables_dir()),
        tables=story_home / "landing/company",
    )


Say = Callable[..., str]


@pytest.fixture(scope="module")
def say(story_home: Path) -> Say:
    """What a command says, each asked once."""
    said: dict[tuple[str, ...], str] = {}

    def ask(*arguments: str) -> str:
        if arguments not in said:
            ended = CliRunner().invoke(
                main, [*arguments, "--home", str(story_home)], catch_exceptions=False
            )
            assert ended.exit_code == 0, ended.output
            said[arguments] = ended.output
        return said[arguments]

    return ask


Click = Callable[[str], str]


@pytest.fixture(scope="module")
def click(story_home: Path) -> Click:
    """What is read on the executive page, or on a page that it has a link to."""
    site = Site(Settings(home=story_home, _env_file=None))
    first = render_page(site, addresses.HOME)
    linked = {addresses.HOME, *re.findall(r'href="([^"#]+)', first)}

    @cache
    def read(page: str) -> str:
        assert page in linked, f"{page} is not one click from the executive page"
        html = re.sub(r"</?(?:a|b|i|small|span)\b[^>]*>", "", render_page(site, page))
        words = re.sub(r"<[^>]+>", " ", html).replace(MINUS, "-")
        return re.sub(r"\s+", " ", unescape(words))

    return read


def row_of(page: str, who: str | Movement) -> str:
    """What a page says of a customer, up to the next one."""
    customer = who if isinstance(who, str) else who.customer_id
    return re.split(r"(?:cus|ctr)_\d", beside(page, f" {customer} "))[0]


MINUS = "\N{MINUS SIGN}"


def beside(page: str, label: str) -> str:
    """What follows a label where it stands first after the beginning of a table or picture."""
    assert label in page, f"{label}: not in\n{page}"
    return page.partition(label)[2].strip()


def line(said: str, label: str) -> str:
    """The first line of a table or tree that begins with a label."""
    found = re.search(rf"^[ │├└─\d–]*{re.escape(label)} .*$", said, re.MULTILINE)
    assert found, f"{label}: not in\n{said}"
    return found[0].partition(label)[2]


def money(value: float) -> str:
    return f"{value:,.0f}"


def rate(value: float) -> str:
    return f"{value:.1%}"


BOARD = ("board", "--period", "2026-06")


def test_who_left_with_the_most_how_much_and_whether_they_chose_to(
    known: Known, say: Say, click: Click
) -> None:
    """Questions 1 to 3."""
    lost = known.largest_loss
    told = f"{lost.occurred_on} {money(float(lost.mrr_change))} churn, {lost.movement_reason}"
    for said in (line(say(*BOARD), lost.customer_id), row_of(click(addresses.BOARD), lost)):
        assert " ".join(said.replace(MINUS, "-").split()).startswith(told)


def test_whether_it_was_known_before(known: Known, say: Say, click: Click) -> None:
    """Question 4: billing had announced the end, on a day that is told."""
    lost = known.largest_loss
    [announced] = known.notices[lost.customer_id]
    assert announced < lost.occurred_on
    for said in (line(say(*BOARD), lost.customer_id), row_of(click(addresses.BOARD), lost)):
        assert str(announced) in said.split()


def test_what_is_done_about_it_by_whom_and_until_when(known: Known, say: Say, click: Click) -> None:
    """Question 5: the playbook of GRR is called for by a month, and has its days from there.

    Two weeks after its day a step goes to whom it escalates to.
    """
    assert known.retained(with_growth=False) < known.target("grr")
    [playbook] = [
        row["playbook_id"]
        for row in csv.DictReader((tables_dir() / "playbook_triggers.csv").open(newline=""))
        if row["trigger_type"] == "metric" and row["trigger"] == "grr"
    ]
    steps = [
        row
        for row in csv.DictReader((tables_dir() / "playbook_steps.csv").open(newline=""))
        if row["playbook_id"] == playbook
    ]
    open_steps = 0
    page = click(addresses.metric("grr")).partition("What is being done")[2]
    for row in steps:
        step = re.search(rf"{row['step']}, ([\w ]+), due (\S+), (\w+)", say("why", "grr"))
        if not step:
            # Done, or its role has no room for it.
            continue
        open_steps += 1
        due, late = dt.date.fromisoformat(step[2]), dt.timedelta(days=14)
        called_for = due - dt.timedelta(days=int(row["due_days"]))
        assert (called_for + dt.timedelta(days=1)).day == 1 and called_for <= DEMO_END
        is_late = due + late < DEMO_END
        owner = (row["escalates_to"] if is_late else row["owner_role"]).replace("_", " ")
        assert (step[1], step[3]) == (owner, "overdue" if due < DEMO_END else "open")
        told = beside(page, row["step"])
        assert re.match(rf"the company, GRR {owner}( \(.*?\))? \S+ {due} {step[3]}", told), told
    assert open_steps


@pytest.mark.parametrize(
    ("label", "name", "sign"),
    [
        ("Opening MRR", "opening_mrr", 1),
        ("New MRR", "new", 1),
        ("Expansion MRR", "expansion", 1),
        ("Reactivation MRR", "reactivation", 1),
        ("Contraction MRR", "contraction", -1),
        ("Churned MRR", "churned", -1),
        ("MRR", "closing_mrr", 1),
    ],
)
def test_what_came_and_went(
    known: Known, say: Say, click: Click, label: str, name: str, sign: int
) -> None:
    """Questions 6 to 11, and the balance that they begin with."""
    told = line(say(*BOARD).partition("bridge of MRR")[2], label)
    amount = money(sign * abs(known.total(name)))
    assert told.split()[0] == amount
    drawn = click(addresses.BOARD).partition("The core")[0].rpartition(f" {label}: ")[2]
    # What was nothing has no bar.
    assert (drawn.removeprefix("+").split()[0] == amount) == (amount != "0")


def test_how_much_arr_was_won_against_the_plan(known: Known, say: Say, click: Click) -> None:
    """Questions 12 and 13: ARR and what it grew by, each beside its plan, and the first plan."""
    plan = say(*BOARD).partition("plan against actual")[2]
    page = click(addresses.BOARD).partition("Plan against actual")[2]
    arr = 12 * known.total("closing_mrr")
    of_arr = [money(arr), money(known.planned("arr"))]
    assert line(plan, "ARR").split()[:2] == of_arr
    assert beside(page, " ARR ").split()[:2] == of_arr
    grown = arr - 12 * known.total("opening_mrr")
    now, first = known.planned("net_new_arr"), known.planned("net_new_arr", is_first=True)
    assert line(plan, "Net new ARR").split()[:3] == [money(grown), money(now), money(first)]
    assert beside(page, " Net new ARR ").split()[:4] == [
        money(grown),
        money(now),
        money(grown - now),
        money(first),
    ]


@pytest.mark.parametrize(
    ("label", "metric", "with_growth"), [("GRR", "grr", False), ("NRR", "nrr", True)]
)
def test_what_is_kept_of_a_year_and_whether_it_is_enough(
    known: Known, say: Say, click: Click, label: str, metric: str, with_growth: bool
) -> None:
    """Questions 14 and 15, with their targets."""
    told = line(say("scorecard"), label)
    kept, target = known.retained(with_growth=with_growth), known.target(metric)
    assert rate(kept) in told and rate(target) in told
    assert ("on target" in told) == (kept >= target)
    card = re.search(
        rf" {label}(on target|watch|breach) {rate(kept)} .*?target {rate(target)}",
        click(addresses.HOME),
    )
    assert card and (card[1] == "on target") == (kept >= target)


def test_how_many_customers_came_and_went(known: Known, say: Say, click: Click) -> None:
    """Question 16."""
    won = sum(month.new > 0 for month in known.months)
    assert line(say(*BOARD).partition("plan against actual")[2], "New customers").split()[0] == str(
        won
    )
    plan = click(addresses.BOARD).partition("Plan against actual")[2]
    assert beside(plan, " New customers ").split()[0] == str(won)
    gone = sum(month.churned > 0 for month in known.months)
    assert line(say("tree"), "Churned customers").split()[0] == str(gone)
    assert beside(click(addresses.TREE), " Churned customers:").split(",")[0] == str(gone)


def test_how_much_hangs_on_the_largest(known: Known, say: Say, click: Click) -> None:
    """Question 17."""
    for label, count in (("Largest customer", 1), ("Ten largest customers", 10)):
        shown = beside(click(addresses.TREE), f" {label}:").split(",")[0]
        assert shown == rate(known.largest(count))
    assert line(say("tree"), "Largest customer").split()[0] == rate(known.largest(1))
    assert line(say("tree"), "Ten largest customers").split()[0] == rate(known.largest(10))


def test_how_much_cash_there_is(known: Known, say: Say, click: Click) -> None:
    """Question 18."""
    assert line(say(*BOARD).partition("committed ahead")[2], "Cash balance").split()[0] == money(
        known.cash()
    )
    ahead = click(addresses.BOARD).partition("Committed ahead")[2]
    assert beside(ahead, " Cash balance ").split()[0] == money(known.cash())


def test_how_many_we_are(known: Known, say: Say, click: Click) -> None:
    """Question 19."""
    told = line(say("tree"), "Headcount").split()[0]
    assert told == str(headcount_on(known.company, DEMO_END))
    assert beside(click(addresses.TREE), " Headcount:").split(",")[0] == told


def test_who_is_about_to_leave(known: Known, say: Say, click: Click) -> None:
    """Question 20: whose notice runs, each of them, and nobody else."""
    said = say("customers", "--limit", "500")
    told: set[Any] = set()
    customer = ""
    for text in said.splitlines():
        found = re.match(r" *((?:cus|ctr)_\d+)", text)
        customer = found[1] if found else customer
        if "notice given since" in text.replace(NO_BREAK, " "):
            told.add(customer)
    assert told == known.running() != set()
    page = click(addresses.AT_RISK)
    assert {
        customer
        for customer in re.findall(r"(?:cus|ctr)_\d+", page)
        if "notice given since" in row_of(page, customer)
    } == told
