"""What the company does about its metrics: interventions, reviews, experiments, decisions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at, first_of_month, random_stream
from drivewheel_demo.company import Customer
from drivewheel_demo.rows import Delivery

ACTIONS = (
    ("activation_rate", "Call every customer that waits for value", "chief_product_officer"),
    ("time_to_value_days", "Prepare environments before signature", "chief_product_officer"),
    ("logo_churn_rate", "Review accounts below health 50", "chief_customer_officer"),
    ("availability", "Add a canary stage before production", "chief_technology_officer"),
    ("change_failure_rate", "Smaller changes, reviewed twice", "chief_technology_officer"),
    ("seat_utilization", "Seat reviews with account owners", "chief_product_officer"),
)
OUTCOMES = (("worked", "keep"), ("partly", "keep"), ("no_effect", "drop"))
CONCLUSIONS = (("no_change", 0.7), ("intervene", 0.9), ("experiment", 1.0))


def deliver_governance(
    out: Delivery, customers: tuple[Customer, ...], *, horizon: Horizon, seed: int
) -> None:
    """Interventions with some that are overdue, reviews with some that are late, experiments."""
    rng = random_stream(seed, "governance")
    quarters = max(1, horizon.days // 91)
    total = quarters * story.INTERVENTIONS_A_QUARTER
    overdue_from = horizon.end_on - timedelta(days=40)
    for number in range(total + story.OVERDUE_INTERVENTIONS):
        draw = rng.random(4)
        is_left = number >= total
        day = int(draw[0] * (horizon.days - 60))
        opened = at(
            overdue_from if is_left else horizon.start + timedelta(days=day),
            28800 + 30000 * draw[1],
        )
        metric, action, owner = ACTIONS[number % len(ACTIONS)]
        row = {
            "id": f"act_{number + 1:04d}",
            "metric_id": metric,
            "opened_at": opened,
            "action": action,
            "acted_at": None,
            "due_on": (opened + timedelta(days=21)).date(),
            "closed_at": None,
            "owner_role": owner,
            "updated_at": opened,
            "is_deleted": False,
            "customer_id": None,
            "breach_id": None,
            "intervention_id": None,
            "outcome": None,
            "lesson": None,
        }
        out.add("governance.action_log", opened, row)
        acted = (opened + timedelta(hours=4 + 90 * draw[2] ** 2)).replace(microsecond=0)
        row = {**row, "acted_at": acted, "updated_at": acted}
        out.add("governance.action_log", acted, row)
        if not is_left:
            closed = (acted + timedelta(days=4 + 22 * draw[3])).replace(microsecond=0)
            outcome, lesson = OUTCOMES[number % len(OUTCOMES)]
            out.add(
                "governance.action_log",
                closed,
                {
                    **row,
                    "closed_at": closed,
                    "updated_at": closed,
                    "outcome": outcome,
                    "lesson": lesson,
                },
            )
    _deliver_responses(out, customers, horizon)
    for month in horizon.months():
        for metric in story.REVIEWED_METRICS:
            draw = rng.random(2)
            due = first_of_month(month.year, month.month) + timedelta(days=9)
            row = {
                "id": f"rev_{metric}_{month:%Y%m}",
                "metric_id": metric,
                "due_on": due,
                "held_on": None,
                "conclusion": None,
                "owner_role": "chief_operating_officer",
                "updated_at": at(month),
            }
            out.add("governance.review", at(month), row)
            if draw[0] < 0.97:
                held = due + timedelta(days=int(-6 + 7.2 * draw[1]))
                out.add(
                    "governance.review",
                    at(held, 54000),
                    {
                        **row,
                        "held_on": held,
                        "updated_at": at(held, 54000),
                        "conclusion": next(c for c, up_to in CONCLUSIONS if draw[1] < up_to),
                    },
                )
    _deliver_experiments(out, customers, horizon=horizon, seed=seed)


def _deliver_responses(out: Delivery, customers: tuple[Customer, ...], horizon: Horizon) -> None:
    """What was done about planted stories. No log knows a breach's id: metric and time tell."""
    for number, told in enumerate(story.RESPONSES, 1):
        if horizon.start <= told.seen_on <= horizon.last:
            _deliver_response(out, f"act_s{number:03d}", told, customer_id=None)
    called = [
        customer
        for customer in customers
        if story.is_touched_by_bad_release(customer.number)
        and customer.signed_up_on < story.BAD_RELEASE.starts
        and horizon.start <= story.RELEASE_CALLS_ON <= horizon.last
    ]
    for customer in called:
        for metric, day in (
            ("customer_health_score", story.RELEASE_CALLS_ON),
            ("nps", story.RELEASE_ANSWERS_ON),
        ):
            outcome, lesson = OUTCOMES[customer.number % len(OUTCOMES)]
            told = story.Response(
                metric,
                day,
                20 + customer.number % 50,
                day + timedelta(days=7),
                day + timedelta(days=5),
                "Call the sponsor",
                "customer_success_manager",
                outcome,
                lesson,
            )
            _deliver_response(
                out,
                f"act_{metric}_{customer.number:06d}",
                told,
                customer_id=customer.stripe_id or customer.contract_id,
            )


def _deliver_response(
    out: Delivery, action_id: str, told: story.Response, *, customer_id: str | None
) -> None:
    opened = at(told.seen_on, 32400)
    acted = opened + timedelta(hours=told.hours_to_act)
    row = {
        "id": action_id,
        "metric_id": told.metric_id,
        "opened_at": opened,
        "action": told.action,
        "acted_at": None,
        "due_on": told.due_on,
        "closed_at": None,
        "owner_role": told.owner_role,
        "updated_at": opened,
        "is_deleted": False,
        "customer_id": customer_id,
        "breach_id": None,
        "intervention_id": None,
        "outcome": None,
        "lesson": None,
    }
    out.add("governance.action_log", opened, row)
    row = {**row, "acted_at": acted, "updated_at": acted}
    out.add("governance.action_log", acted, row)
    if told.closed_on:
        closed = at(told.closed_on, 61200)
        out.add(
            "governance.action_log",
            closed,
            {
                **row,
                "closed_at": closed,
                "updated_at": closed,
                "outcome": told.outcome,
                "lesson": told.lesson,
            },
        )


def _deliver_experiments(
    out: Delivery, customers: tuple[Customer, ...], *, horizon: Horizon, seed: int
) -> None:
    for number, told in enumerate(story.EXPERIMENTS, 1):
        if not horizon.start <= told.starts <= horizon.last:
            continue
        row = {
            "id": told.id,
            "name": told.name,
            "metric_id": told.metric,
            "hypothesis": told.hypothesis,
            "starts_on": told.starts,
            "ends_on": told.ends,
            "owner_role": "chief_product_officer",
            "status": "running",
            "control_arm": "control",
            "is_randomised": told.is_randomised,
            "planned_split": json.dumps({told.arm: 0.5, "control": 0.5}),
            "planned_sample": told.planned_sample,
            "minimum_cycles": told.minimum_cycles,
            "cycle_days": 7,
            "secondary_metric_ids": json.dumps(told.secondary),
            "guardrail_metric_ids": json.dumps(told.guardrails),
            "updated_at": at(told.starts),
        }
        out.add("governance.experiment", at(told.starts), row)
        for customer, arm, seen in _assigned(told, customers, seed):
            out.add(
                "governance.experiment_assignment",
                seen,
                {
                    "experiment_id": told.id,
                    "account_id": customer.account_id,
                    "arm": arm,
                    "assigned_at": seen,
                },
            )
        decided = told.ends + timedelta(days=35)
        out.add(
            "governance.experiment",
            at(decided),
            {**row, "status": "decided", "updated_at": at(decided)},
        )
        out.add(
            "governance.decision",
            at(decided),
            {
                "id": f"dec_{number:04d}",
                "decided_on": decided,
                "title": told.title,
                "outcome": told.decision,
                "metric_id": told.metric,
                "experiment_id": told.id,
                "action_id": None,
                "review_id": None,
                "owner_role": "chief_product_officer",
                "updated_at": at(decided),
            },
        )


def _assigned(
    told: story.Experiment, customers: tuple[Customer, ...], seed: int
) -> Iterator[tuple[Customer, str, datetime]]:
    """Who is in which arm since when; the history that the arms have is theirs already."""
    rng = random_stream(seed, told.id)
    for customer in customers:
        came = at(customer.signed_up_on, 30000)
        if told.id == "exp_guided_onboarding":
            if customer.arm in ("guided", "control"):
                yield customer, customer.arm, came
        elif told.id == "exp_morning_jobs":
            if told.starts <= customer.signed_up_on <= told.ends:
                slowed = story.is_slowed_in_trial(customer.number, customer.signed_up_on)
                yield customer, told.arm if slowed else "control", came
        elif customer.billed_by == "stripe" and customer.signed_up_on < told.starts:
            treated = rng.random() < 0.5 if told.is_randomised else customer.plan == "growth"
            yield customer, told.arm if treated else "control", at(told.starts, 30000)
