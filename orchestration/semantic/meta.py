"""What a metric says of itself: `config.meta` of dbt's manifest, typed.

A field's words, its bounds and what holds where nothing is said stand here and nowhere else;
CONTRIBUTING.md says what each is for. What the metrics of a folder have in common stands in
`dbt_project.yml`, and dbt has merged it in before anything is read here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from orchestration.faults import remedy, words
from orchestration.semantic.compiler import SemanticError
from orchestration.semantic.slices import customer_slices

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from orchestration.project.manifest import Manifest
    from orchestration.project.semantics import Metric

Family = Literal[
    "revenue_velocity",
    "value_realization",
    "customer_health",
    "cost_efficiency",
    "operating_resilience",
]
Function = Literal[
    "sales", "marketing", "customer_success", "product", "finance", "operations", "engineering"
]
Role = Literal[
    "chief_revenue_officer",
    "chief_marketing_officer",
    "chief_customer_officer",
    "chief_product_officer",
    "chief_financial_officer",
    "chief_operating_officer",
    "chief_technology_officer",
]
Unit = Literal[
    "rate",
    "ratio",
    "currency",
    "count",
    "days",
    "months",
    "hours",
    "minutes",
    "milliseconds",
    "points",
]
Dimension = Literal["customer", "function", "service", "team", "vendor", "feature"]
Audience = Literal["executive", "leadership", "technical"]
# Where a part of a quotient is not above zero, and what that is called.
State = Literal["no_data", "no_new_customers", "not_burning", "burning_without_growth"]

# Who answers for what a function runs.
OWNERS: Mapping[Function, Role] = {
    "sales": "chief_revenue_officer",
    "marketing": "chief_marketing_officer",
    "customer_success": "chief_customer_officer",
    "product": "chief_product_officer",
    "finance": "chief_financial_officer",
    "operations": "chief_operating_officer",
    "engineering": "chief_technology_officer",
}
# What a customer goes through before it shows whether it stays.
LEADING_STAGES = ("onboarding", "nurturing")
# What an aggregate of one column is; another formula says it itself.
AGGREGATIONS: Mapping[str, str] = {
    "sum": "activity",
    "count_distinct": "activity",
    "median": "distribution",
    "percentile": "distribution",
    "ratio": "ratio",
}


# Of how many cases a number is judged at least; a count and a balance are no samples. Six are
# the fewest whose extremes hold a median with 95 %: 1 - 2 * 0.5 ** 6.
MIN_CASES: Mapping[str, int] = {"ratio": 10, "distribution": 6, "cohort": 10}


def _is_slice(word: str, info: ValidationInfo) -> str:
    """Whether the word names one slice of customers; those are the context."""
    if word not in (info.context or ()):
        raise ValueError
    return word


def _audiences(said: dict[str, Any]) -> tuple[Audience, ...]:
    """A leader sees all that the function runs; others what is theirs."""
    if said["tier"] == "core":
        return ("executive", "leadership")
    if said["tier"] == "support" or said["function"] == "engineering":
        return ("leadership", "technical")
    return ("leadership",)


class MetricMeta(BaseModel):
    """What a metric of the registry says under `config.meta`.

    A field comes after those that it follows from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    # What it is.
    role: Literal["component"] | None = None
    unit: Unit
    aggregation: Literal["balance", "activity", "ratio", "distribution", "cohort"]
    direction: Literal["up", "down", "band", "neutral"]
    bounds: tuple[float | None, float | None] | None = Field(None, validate_default=True)
    caveats: str = Field(min_length=20)
    definition_version: int = Field(1, ge=1)
    # Its place, and who answers for it.
    driver_family: Family
    parent: str | None = None
    weight: float = Field(1.0, gt=0)
    own_share: float = Field(0.5, ge=0, le=1)
    bridge: dict[str, float] = {}
    tier: Literal["core", "support", "standard"] = "standard"
    function: Function
    owner_role: Role = Field(default_factory=lambda said: OWNERS[said["function"]])
    audiences: tuple[Audience, ...] = Field(default_factory=_audiences, min_length=1)
    levers: tuple[str, ...] = Field(min_length=1)
    goal: str
    process: str
    stage: Literal["acquisition", "onboarding", "nurturing", "outcome", "run"]
    signal: Literal["leading", "lagging"] = Field(
        default_factory=lambda said: "leading" if said["stage"] in LEADING_STAGES else "lagging"
    )
    pair: str | None = None
    is_top_line: bool = Field(False, validate_default=True)
    business_outcome: str | None = None
    outcomes: tuple[Literal["churn", "downgrade", "expansion", "renewal"], ...] = ()
    # What it is computed from, when and by what.
    requires: tuple[str, ...] = Field(min_length=1)
    grains: tuple[Literal["day", "week", "month", "quarter"], ...] = Field(min_length=1)
    # One slice of customers by its name, where a fact is not to be sliced by all.
    dimensions: tuple[Dimension | Annotated[str, AfterValidator(_is_slice)], ...]
    cadence: Literal["daily", "weekly", "monthly", "quarterly"] = "daily"
    maturity_days: int = Field(0, ge=0)
    is_cube: bool = False
    is_shareable: bool = False
    # What it is judged by.
    judged_over: Literal["period", "3m", "12m"] = "period"
    target_holds_by: tuple[Literal["week", "quarter"], ...] = ()
    min_cases: int = Field(default_factory=lambda said: MIN_CASES.get(said["aggregation"], 0), ge=0)
    is_counted_in_full: bool = False
    # What it rests on.
    sample: str | None = Field(None, validate_default=True)
    min_sample: int = Field(0, ge=0)
    lower: str | None = None
    upper: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    numerator_state: State | None = None
    denominator_state: State | None = None
    not_recomputed: Annotated[str, Field(min_length=20)] | None = None

    @field_validator("bounds")
    @classmethod
    def _rates_are_bounded(cls, value: Any, info: ValidationInfo) -> Any:  # noqa: ANN401
        if value is None and info.data.get("unit") in ("rate", "points"):
            raise ValueError(
                "say the least and the most that gate 2 lets pass: [0, 1] for a share, null "
                "where nothing bounds it"
            )
        return value

    @field_validator("is_top_line")
    @classmethod
    def _top_lines_are_paired(cls, value: bool, info: ValidationInfo) -> bool:
        if value and not info.data.get("pair"):
            raise ValueError("a top line is never shown alone: name its driver in `pair`")
        return value

    @field_validator("sample")
    @classmethod
    def _quotients_rest_on_cases(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("aggregation") in ("ratio", "distribution", "cohort"):
            raise ValueError("name a metric that counts its cases: customers, deals, postings")
        return value


def vocabulary() -> dict[str, tuple[str, ...]]:
    """The words of every field that has some."""
    fields = MetricMeta.model_fields.items()
    return {name: found for name, field in fields if (found := words(field.annotation))}


def read_metas(manifest: Manifest) -> dict[str, MetricMeta]:
    """As `type_metas`, of all metrics of the manifest."""
    slices = customer_slices(manifest.semantic_models.values())
    return type_metas(manifest.metrics.values(), slices)


def type_metas(metrics: Iterable[Metric], slices: Iterable[str]) -> dict[str, MetricMeta]:
    """What every metric of the registry says, by name; parts of others are checked and left out.

    Args:
        metrics: Metrics, and parts of them.
        slices: The slices of customers that a metric may name.

    Raises:
        SemanticError: where any says what it should not; names all faults of all metrics.
    """
    metas: dict[str, MetricMeta] = {}
    faults: list[str] = []
    for metric in metrics:
        said = metric.meta
        is_part = said.get("role") == "component"
        try:
            # As JSON a list is a tuple, and nothing is taken for what it is not.
            meta = MetricMeta.model_validate_json(
                json.dumps(_implied(metric) | {**said}), strict=True, context=slices
            )
        except ValidationError as error:
            place = f"{metric.path}: metric {metric.name}"
            faults += (f"{place}: {fault}" for fault in _faults(error, said, is_part=is_part))
            continue
        if not is_part:
            metas[metric.name] = meta
    if faults:
        raise SemanticError(
            "\n  ".join(
                (
                    "metrics say under config.meta, or dbt_project.yml for their folder, what they "
                    "should not (CONTRIBUTING.md lists the fields):",
                    *faults,
                )
            )
        )
    return metas


def _implied(metric: Metric) -> dict[str, str]:
    """What follows from the formula."""
    if metric.aggregate and metric.aggregate.is_balance:
        return {"aggregation": "balance"}
    form = metric.aggregate.function if metric.aggregate else metric.form
    return {"aggregation": AGGREGATIONS[form]} if form in AGGREGATIONS else {}


def _faults(error: ValidationError, said: Mapping[str, Any], *, is_part: bool) -> Iterator[str]:
    """What is wrong with one metric: the field, what was there, and the remedy."""
    told = set()
    for fault in error.errors():
        field = str(fault["loc"][0])
        # What follows from a field that is wrong is not wrong itself.
        is_told = field in told or fault["type"] == "default_factory_not_called"
        # Nobody asks a part for more than what its folder says.
        is_asked = field in said and fault["type"] != "value_error"
        if is_told or (is_part and not is_asked):
            continue
        told.add(field)
        there = json.dumps(said[field], ensure_ascii=False) if field in said else "not said"
        yield f"`{field}` is {there}; {remedy(fault, MetricMeta)}"
