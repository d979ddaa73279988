"""Which customers may leave, what says so, and what is worth doing, the most at stake first."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from orchestration.report.names import company_names
from orchestration.report.published import ask_published
from orchestration.report.tables import Column, Row, open_console, print_table
from orchestration.report.words import format_value, plain_text

if TYPE_CHECKING:
    from orchestration.settings import Settings

# A customer is as likely to leave as the strongest of its running signs has shown others to be;
# signs that are no better than chance say nothing.
AT_RISK = """
with signs as (
    select
        signals.*, readouts.precision, readouts.base_rate,
        row_number() over (
            partition by signals.customer_id
            order by readouts.precision desc, signals.began_on, signals.signal
        ) as strongest_first
    from customer_health.customer_signals as signals
    inner join governance.warning_readouts as readouts
        on signals.signal = readouts.signal and readouts.segment = 'total'
    where signals.is_running and readouts.verdict = 'warns'
), steps as (
    select customer_id, step, owner_role, due_on, state, expected_return, intervention_id
    from governance.open_interventions
    where customer_id is not null
    qualify row_number() over (
        partition by customer_id
        order by expected_return desc nulls last, due_on, intervention_id
    ) = 1
)
select
    signs.customer_id, max(signs.segment) as segment,
    list(struct_pack(
        signal := signs.signal, began_on := signs.began_on, precision := signs.precision,
        takes_effect_on := signs.takes_effect_on
    ) order by signs.strongest_first) as signals,
    max(signs.precision) as probability,
    max(signs.mrr_at_stake) filter (where signs.strongest_first = 1) as mrr_at_stake,
    max(signs.precision) * max(signs.mrr_at_stake) filter (where signs.strongest_first = 1)
        as expected_loss_mrr,
    any_value(steps.step) as step, any_value(steps.owner_role) as owner_role,
    any_value(steps.due_on) as due_on, any_value(steps.state) as state,
    any_value(steps.expected_return) as expected_return,
    any_value(left(steps.intervention_id, 8)) as step_id
from signs
left join steps using (customer_id)
group by signs.customer_id
order by expected_loss_mrr desc nulls last, probability desc, signs.customer_id
"""
COLUMNS = (
    Column("customer"),
    Column("MRR", is_figure=True),
    Column("of such left", is_figure=True),
    Column("why"),
    Column("next", is_dispensable=True),
    Column("owner", is_dispensable=True),
    Column("due"),
)


def read_at_risk(settings: Settings) -> list[dict[str, Any]]:
    """Customers with a running sign that warns, by MRR × how many with such a sign have left.

    Returns:
        A row each: `signals` (the strongest first, with the day each began), `probability` (share
        of those with the strongest sign who left within 90 days, 0 to 1), `mrr_at_stake`,
        `expected_loss_mrr`, and the open step with the highest expected return.
    """
    return ask_published(settings, AT_RISK)


def print_at_risk(settings: Settings, *, limit: int, terminal: IO[str] | None = None) -> None:
    """Print the customers who may leave, the most at stake first."""
    rows = read_at_risk(settings)
    console = open_console(terminal)
    names = company_names(settings)
    told = [
        Row(
            (
                plain_text(names.get(("customer", row["customer_id"]), row["customer_id"])),
                format_value(row["mrr_at_stake"], "currency"),
                format_value(row["probability"], "rate"),
                "; ".join(map(_sign, row["signals"])),
                row["step"] or "nothing is open",
                (row["owner_role"] or "").replace("_", " "),
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
    return f"{words}, ends {sign['takes_effect_on']}" if sign["takes_effect_on"] else words
