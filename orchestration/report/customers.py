"""Which customers may leave, what says so, and what is worth doing, the most at stake first."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from orchestration.report.names import account_owner_names, company_names
from orchestration.report.published import ask_published
from orchestration.report.tables import Column, Row, open_console, print_table
from orchestration.report.words import format_value, plain_text

if TYPE_CHECKING:
    from orchestration.settings import Settings

# A customer is as likely to leave as the model says, where it has shown skill; else as the
# strongest of its running signs has shown others to be. Signs no better than chance say nothing.
AT_RISK = """
with signs as (
    select
        signals.*, readouts.precision,
        row_number() over (
            partition by signals.customer_id
            order by readouts.precision desc, signals.began_on, signals.signal
        ) as strongest_first
    from customer_health.customer_signals as signals
    inner join governance.warning_readouts as readouts
        on signals.signal = readouts.signal and readouts.segment = 'total'
    where signals.is_running and readouts.verdict = 'warns'
), warned as (
    select
        customer_id,
        list(struct_pack(
            signal := signal, began_on := began_on, precision := precision,
            takes_effect_on := takes_effect_on, cancellation_reason := cancellation_reason
        ) order by strongest_first) as signals,
        max(precision) as precision,
        max(mrr_at_stake) filter (where strongest_first = 1) as mrr_at_stake
    from signs group by customer_id
), outlook as (
    select
        customer_id, probability, probability_lower, probability_upper, base_rate,
        list_filter([reason_1, reason_2, reason_3], lambda reason: reason is not null) as reasons
    from customer_health.customer_outlook
    where outcome = 'churn' and horizon_days = 90 and model_id != 'segment_rate'
), paying as (
    select customer_id, max_by(mrr, snapshot_on) as mrr
    from revenue_velocity.fct_mrr_balances group by customer_id
), steps as (
    select
        customer_id, step, owner_role, account_owner, due_on, state, expected_return,
        intervention_id
    from governance.open_interventions
    where customer_id is not null
    qualify row_number() over (
        partition by customer_id
        order by expected_return desc nulls last, due_on, intervention_id
    ) = 1
), asked as (
    select
        customer_id, coalesce(warned.signals, []) as signals,
        coalesce(outlook.reasons, []) as reasons,
        coalesce(outlook.probability, warned.precision) as probability,
        outlook.probability_lower, outlook.probability_upper,
        outlook.probability is not null as is_modelled,
        coalesce(warned.mrr_at_stake, paying.mrr) as mrr_at_stake
    from warned
    full join outlook using (customer_id)
    left join paying using (customer_id)
    where
        warned.customer_id is not null
        or outlook.probability >= 2 * outlook.base_rate
        and outlook.probability_lower > outlook.base_rate
)
select
    asked.*, customers.segment, asked.probability * asked.mrr_at_stake as expected_loss_mrr,
    steps.step, steps.owner_role, steps.account_owner, steps.due_on, steps.state,
    steps.expected_return, left(steps.intervention_id, 8) as step_id
from asked
inner join core.dim_customers as customers using (customer_id)
left join steps using (customer_id)
order by expected_loss_mrr desc nulls last, probability desc, customer_id
"""
COLUMNS = (
    Column("customer"),
    Column("MRR", is_figure=True),
    Column("leaves in 90 days", is_figure=True),
    Column("why"),
    Column("next", is_dispensable=True),
    Column("owner", is_dispensable=True),
    Column("due"),
)


def read_at_risk(settings: Settings) -> list[dict[str, Any]]:
    """Customers with a running sign that warns, or clearly likelier to leave than their segment.

    Returns:
        A row each, by MRR × probability: `signals` (the strongest first, with the day each began),
        `probability` of leaving within 90 days, 0 to 1 (of the model where `is_modelled`, with
        `reasons`; else the share of those with the strongest sign who left), `mrr_at_stake`,
        `expected_loss_mrr`, and the open step with the highest expected return.
    """
    return ask_published(settings, AT_RISK)


def print_at_risk(settings: Settings, *, limit: int, terminal: IO[str] | None = None) -> None:
    """Print the customers who may leave, the most at stake first."""
    rows = read_at_risk(settings)
    console = open_console(terminal)
    names, owners = company_names(settings), account_owner_names(settings)
    told = [
        Row(
            (
                plain_text(names.get(("customer", row["customer_id"]), row["customer_id"])),
                format_value(row["mrr_at_stake"], "currency"),
                format_value(row["probability"], "rate"),
                "; ".join(map(_sign, row["signals"])) or "; ".join(row["reasons"]),
                row["step"] or "nothing is open",
                owners.get(row["account_owner"]) or (row["owner_role"] or "").replace("_", " "),
                f"{row['due_on'] or ''}",
            )
        )
        for row in rows[:limit]
    ]
    print_table(console, COLUMNS, told, title=f"Customers who may leave: {len(rows)}")
    if len(rows) > limit:
        console.print(f"and {len(rows) - limit} more (--limit)")


def _sign(sign: dict[str, Any]) -> str:
    words = f"{sign['signal'].replace('_', ' ')} since {sign['began_on']}"
    if sign["cancellation_reason"]:
        words += f", says {sign['cancellation_reason'].replace('_', ' ')}"
    return f"{words}, ends {sign['takes_effect_on']}" if sign["takes_effect_on"] else words
