"""Where an amount goes by each scenario: lines that begin at one point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import escape

from orchestration.pages.charts import APART, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

WIDTH, HEIGHT = 1080, 320
# Beside the lines their names, below them the periods.
BESIDE, ABOVE, BELOW = 330, 12, 22
# Periods between two that are named.
STEP = 6


@dataclass(frozen=True)
class Path:
    """A scenario: its name, and values period by period, of which the first is shared by all.

    `is_main` marks the one that the others are held against.
    """

    label: str
    values: Sequence[float]
    is_main: bool = False


def draw_fan(
    name: str, periods: Sequence[str], paths: Sequence[Path], tell: Callable[[float], str]
) -> Markup:
    """The lines of all paths over the ground of zero, each named at its end.

    Args:
        name: Of the picture.
        periods: The name of each value's period.
        paths: As many values each as there are periods.
        tell: A value as people read it.
    """
    values = [value for path in paths for value in path.values]
    high, low = max([0.0, *values]), min([0.0, *values])
    room = (high - low) or 1.0
    bottom = HEIGHT - BELOW

    def x(index: int) -> float:
        return (WIDTH - BESIDE) * index / max(len(periods) - 1, 1)

    def y(value: float) -> float:
        return bottom - (value - low) / room * (bottom - ABOVE)

    parts = [
        f'<line class="guardrail" x1="0" x2="{WIDTH - BESIDE}" y1="{y(0):.1f}" y2="{y(0):.1f}"/>'
    ]
    lowest_name = float(HEIGHT + APART)
    for path in sorted(paths, key=lambda path: (path.values[-1], path.label)):
        line = "L".join(f"{x(at):.1f} {y(value):.1f}" for at, value in enumerate(path.values))
        said = f"{path.label}: {tell(path.values[-1])}"
        kind = "run" if path.is_main else "run other"
        parts.append(f'<path class="{kind}" d="M{line}"><title>{escape(said)}</title></path>')
        # From the lowest up, so that no name lies on another.
        lowest_name = min(y(path.values[-1]) + 4, lowest_name - APART)
        parts.append(
            f'<text class="{"value" if path.is_main else "axis"}" x="{WIDTH - BESIDE + 6}" '
            f'y="{lowest_name:.1f}">{escape(said)}</text>'
        )
    parts += [
        f'<text class="axis" x="{x(at):.1f}" y="{HEIGHT - 5}" '
        f'text-anchor="{"start" if at == 0 else "middle"}">{escape(periods[at])}</text>'
        for at in range(0, len(periods), STEP)
    ]
    told = "; ".join(
        f"{path.label} {tell(path.values[0])} to {tell(path.values[-1])}" for path in paths
    )
    return picture(
        "fan", name, f"{told}, from {periods[0]} to {periods[-1]}.", WIDTH, HEIGHT, parts
    )
