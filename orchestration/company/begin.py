"""`drivewheel init`: a company's folder to begin with, in which everything is a comment.

A table that holds comments alone is left out, so a folder as written changes nothing: what is
shipped holds until a line is uncommented or written. Nothing that is there is overwritten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.company.folder import MODELS, SHIPPED_DIR
from orchestration.company.profile import FILE as PROFILE_FILE
from orchestration.company.profile import Profile, Windows
from orchestration.company.tables import COMMENT, Table, load_tables

if TYPE_CHECKING:
    from pathlib import Path

# What a company has of its own, in the order in which it is thought of.
OFFERED = (
    "metric_targets",
    "metric_plan",
    "owners",
    "ledger_account_map",
    "department_map",
    "channel_map",
    "fx_rates",
    "value_events",
    "service_levels",
    "service_commitments",
    "business_hours",
    "holidays",
    "support_tiers",
    "health_weights",
    "playbooks",
    "playbook_steps",
    "playbook_triggers",
    "incentive_plans",
    "hiring_plan",
    "scenarios",
    "core_metrics",
)
SHOWN_ROWS = 3
# Rows of a table that is shipped empty.
EXAMPLES = {
    "metric_targets": "grr,month,total,total,drive,0.88,0.91,,0.85,,,2026-01-01,2026-12-31,"
    "chief_customer_officer",
    "metric_plan": "mrr,2026-01-01,150000,",
    "service_levels": "api,0.999,300,2026-01-01,100,1000,0.002",
    "service_commitments": "enterprise,availability,0.999",
    "holidays": "2026-12-25,Christmas Day",
    "incentive_plans": "activation,chief_product_officer,activation_rate,4000,"
    "early_churn_rate_90d,2026-01-01",
    "hiring_plan": "2026-01-01,engineering,2",
}
_README = """# {name}: what this company decided for itself

drivewheel reads this folder where `DRIVEWHEEL_COMPANY` names it (or where it is called
`company` in the landing folder). A table of which a file here has rows is the company's own,
whole; every other one, and every line of `{profile}` that is left out, is as shipped. A line
that begins with `#` is a comment. The next `drivewheel run` checks every row before it begins,
and says file, row and remedy of what it cannot use.

Keep the folder under version control of its own; an upgrade of drivewheel never touches it.
Own sources and models go into `{models}/`, in folders as those of `dbt_project/models`
(`{models}/staging/<source>/_<source>__sources.yml`, `{models}/marts/<family>/fct_….sql`).

Tables that may stand here besides, each described in `seeds/_seeds.yml` of the checkout:
{others}.
"""


def begin_company(folder: Path) -> tuple[list[Path], list[Path]]:
    """Write what is missing of a company's folder; gives what was written, and what was there."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = load_tables(SHIPPED_DIR)
    texts = {PROFILE_FILE: _profile()}
    texts |= {tables[name].file_name: _commented(tables[name]) for name in OFFERED}
    others = ", ".join(f"`{name}.csv`" for name in tables if name not in OFFERED)
    texts["README.md"] = _README.format(
        name=folder.resolve().name, profile=PROFILE_FILE, models=MODELS, others=others
    )
    written, kept = [], []
    for name, text in texts.items():
        path = folder / name
        if path.exists():
            kept.append(path)
        else:
            path.write_text(text, encoding="utf-8")
            written.append(path)
    return written, kept


def _profile() -> str:
    lines = ["# What this company is; uncomment what is to be other than as shipped."]
    for name, field in Profile.model_fields.items():
        lines += ["", f"# {field.description}"]
        if name == "windows":
            lines.append("#windows:")
            for window, declared in Windows.model_fields.items():
                lines += [f"#  # {declared.description}", f"#  {window}: {_SHIPPED[window]}"]
        else:
            lines.append(f"#{name}: {_SHIPPED.get(name, str(field.default).lower())}")
    return "\n".join(lines) + "\n"


# As in `dbt_project.yml`, which a test holds them to.
_SHIPPED = {
    "reporting_currency": "usd",
    "discount_rate": 0,
    "activation_window_days": 30,
    "conversion_window_days": 60,
    "fewest_answers": 5,
}


def _commented(table: Table) -> str:
    """A table's description, its columns, and rows as they could be, all in comments."""
    with (SHIPPED_DIR / table.file_name).open(encoding="utf-8", newline="") as file:
        header, *rows = file.read().splitlines()
    lines = [table.description]
    for name, words in table.values.items():
        lines.append(f"{name}: {', '.join(words)}")
    for name, target in table.references.items():
        known = "a metric, as `drivewheel tree` shows them" if target == "metrics" else target
        lines.append(f"{name}: {known}")
    lines.append(
        "Uncomment the line of the columns, and write your own rows below it."
        if not rows
        else f"Uncomment the line of the columns, and write your own rows below it: they take the "
        f"place of all {len(rows)} as shipped."
    )
    told = [f"{COMMENT} {line}" for line in lines]
    shown = rows[:SHOWN_ROWS] or [EXAMPLES[table.name]]
    return "\n".join([*told, *(f"{COMMENT}{line}" for line in (header, *shown))]) + "\n"
