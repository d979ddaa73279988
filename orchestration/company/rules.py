"""What a company's tables must fit besides: the metrics, which are known once dbt has parsed.

A target of a misspelt metric, or of a grain that it lacks, would judge nothing; an incentive
that pays for growth alone is paid for customers who leave.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from orchestration.company import CompanyError
from orchestration.company.tables import nearest
from orchestration.semantic.registry import load_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from orchestration.company.folder import Company
    from orchestration.semantic.registry import MetricSpec

METRICS = "metrics"
# What conditions say for every metric that is paired with a driver.
PAIRED = ("top_line", "its_pair")
# What they say for every headline that has a bound, and what they measure that is no metric
# (`dbt_project/macros/questions.sql`).
HEADLINE = "headline"
MEASURES = ("healthy_churn_share", "healthy_churn_count", "notices_without_step")
MOST_CORE = 10

Registry = dict[str, "MetricSpec"]


def check_metrics(company: Company, manifest_path: Path) -> None:
    """Hold a company's tables to the metrics of the manifest.

    Raises:
        CompanyError: every row that does not fit, with file, row and remedy.
    """
    registry = {spec.metric_id: spec for spec in load_registry(manifest_path)}
    if problems := [*find_problems(company, registry)]:
        raise CompanyError(problems)


def find_problems(company: Company, registry: Registry) -> Iterator[str]:
    """What does not fit the metrics, with file, row and remedy."""
    known = {*registry, *PAIRED, HEADLINE, *MEASURES}
    for name, table in company.tables.items():
        content = company.contents[name]
        columns = [column for column, of in table.references.items() if of == METRICS]
        for row in content.rows:
            unknown = [
                row.cells[column]
                for column in columns
                if row.cells[column] and row.cells[column] not in known
            ]
            reasons = [f"no metric is called {each}; {_alike(each, registry)}" for each in unknown]
            if not unknown and name in _RULES:
                reasons += _RULES[name](row.cells, registry, company)
            for reason in reasons:
                yield f"{content.path}, row {row.line}: {reason}"
    yield from _core_problems(company, registry)
    yield from _missing(company, registry)


def _alike(name: str, registry: Registry) -> str:
    told = nearest(name, registry)
    return told if told.startswith("did") else "`drivewheel tree` shows what there is"


def target_problems(
    row: Mapping[str, str], registry: Registry, _: Company | None = None
) -> list[str]:
    """What is wrong with a target: a wish has no direction, no day, no place where it is met."""
    spec, found = registry[row["metric_id"]], []
    if row["grain"] not in spec.grains:
        found.append(
            f"{spec.metric_id} has no values by {row['grain']}; it has them by "
            f"{', '.join(spec.grains)}"
        )
    if row["dimension"] not in ("total", *spec.dimensions):
        found.append(
            f"{spec.metric_id} has no values by {row['dimension']}; it has them by "
            f"{', '.join(('total', *spec.dimensions))}"
        )
    if row["due_on"] and row["valid_from"] >= row["due_on"]:
        found.append(f"is due on {row['due_on']}, before it begins; write a later day")
    low, high, rail = (
        float(row[name]) if row[name] else None for name in ("target", "target_high", "guardrail")
    )
    if spec.direction == "neutral":
        found.append(f"of {spec.metric_id} neither more nor less is better; set no target")
    elif spec.direction == "band":
        if low is None or high is None or low >= high:
            found.append(f"{spec.metric_id} has a band; give target and, above it, target_high")
    elif low is not None and rail is not None:
        better = (low - rail) * (1 if spec.direction == "up" else -1)
        if better <= 0:
            side = "below" if spec.direction == "up" else "above"
            found.append(f"the guardrail {rail:g} does not lie {side} the target {low:g}")
    return found


def plan_problems(
    row: Mapping[str, str], registry: Registry, _: Company | None = None
) -> list[str]:
    """What is wrong with a planned value: others than these do not add up over months."""
    spec, found = registry[row["metric_id"]], []
    if spec.aggregation not in ("balance", "activity"):
        found.append(
            f"{spec.metric_id} is a {spec.aggregation}, which does not add up over months; set a "
            "target of it in metric_targets.csv"
        )
    if not row["month_start"].endswith("-01"):
        found.append(f"{row['month_start']} is no first day of a month")
    return found


def incentive_problems(row: Mapping[str, str], registry: Registry, company: Company) -> list[str]:
    """What is wrong with an incentive plan: pay steers to where it pays."""
    targets = [row.cells for row in company.contents["metric_targets"].rows]
    paid, guard = registry[row["metric_id"]], registry.get(row["guard_metric_id"])
    found = []
    if paid.signal != "leading":
        found.append(f"pays for {paid.metric_id}, which is lagging; pay for what leads to it")
    if paid.direction not in ("up", "down"):
        found.append(f"pays for {paid.metric_id}, which is better neither way")
    stated = [
        target
        for target in targets
        if target["metric_id"] == paid.metric_id and target["dimension"] == "total"
    ]
    if not any(each["target"] and (each["baseline"] or each["guardrail"]) for each in stated):
        found.append(
            f"{paid.metric_id} has no target with a baseline or guardrail to start from; add one "
            "to metric_targets.csv"
        )
    is_growth = paid.goal == "grow_recurring_revenue" or paid.driver_family == "revenue_velocity"
    if is_growth and (guard is None or guard.goal != "keep_customers"):
        found.append("pays for growth; guard it by a metric of retention (goal keep_customers)")
    if guard and not any(
        each["metric_id"] == guard.metric_id and each["guardrail"] for each in targets
    ):
        found.append(f"its guard {guard.metric_id} has no guardrail, so it guards nothing")
    if float(row["pay_at_target"]) <= 0:
        found.append("pays nothing at the target")
    return found


def _core_problems(company: Company, registry: Registry) -> Iterator[str]:
    """What is wrong with a core: a page holds ten metrics, and every family one of them."""
    content = company.contents["core_metrics"]
    named: dict[str, list[str]] = defaultdict(list)
    for row in content.rows:
        named[row.cells["business"]].append(row.cells["metric_id"])
    families = {spec.driver_family for spec in registry.values()}
    for business, metrics in named.items():
        if len(metrics) > MOST_CORE:
            yield (
                f"{content.path}: the core of {business} has {len(metrics)} metrics; a page holds "
                f"{MOST_CORE}, remove some"
            )
        known = Counter(registry[name].driver_family for name in metrics if name in registry)
        if missing := sorted(families - {*known}):
            yield f"{content.path}: the core of {business} has none of {', '.join(missing)}"


def _missing(company: Company, registry: Registry) -> Iterator[str]:
    """What metrics name, and the company's own tables leave out."""
    for name, column, field in _NAMED:
        content = company.contents[name]
        known = {row.cells[column] for row in content.rows}
        wanted = defaultdict(list)
        for spec in registry.values():
            if getattr(spec, field) not in known:
                wanted[getattr(spec, field)].append(spec.metric_id)
        for each, metrics in sorted(wanted.items()):
            yield (
                f"{content.path}: lacks {column} {each}, which {len(metrics)} metrics name "
                f"({metrics[0]} for one); add a row"
            )


# Table, its column, and the field of a metric that names one of it.
_NAMED = (
    ("strategic_goals", "goal_id", "goal"),
    ("key_processes", "process_id", "process"),
    ("owners", "owner_role", "owner_role"),
)
_RULES: dict[str, Callable[[Mapping[str, str], Registry, Company], list[str]]] = {
    "metric_targets": target_problems,
    "metric_plan": plan_problems,
    "incentive_plans": incentive_problems,
}
