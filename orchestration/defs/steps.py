"""What Dagster asks of a step again and again, though it never changes."""

from collections.abc import Set

from dagster import AssetKey
from dagster._core.execution.context.system import StepExecutionContext

_ask = StepExecutionContext.get_output_asset_keys
_KNOWN = "_known_output_asset_keys"


def cache_output_keys() -> None:
    """Have a step say once which assets it makes.

    Dagster asks it for every asset that it has made, to see that none comes before what it
    depends on. The step that builds the warehouse goes through its 400 outputs each time: a
    tenth of what Dagster costs in a refresh of the smallest company.
    """
    StepExecutionContext.get_output_asset_keys = _cached  # type: ignore[assignment,method-assign]


def _cached(step: StepExecutionContext) -> Set[AssetKey]:
    known: Set[AssetKey] | None = step.__dict__.get(_KNOWN)
    if known is None:
        known = _ask(step)
        step.__dict__[_KNOWN] = known
    return known
