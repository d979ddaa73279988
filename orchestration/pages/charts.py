"""Small pictures as SVG, drawn at the server: series, waterfalls, bars.

A picture says in words what it shows (`<title>`), each of its points can be read by hovering and
by a screen reader's table beside it. Colours are classes of the style sheet, so that light, dark
and print differ there alone; what has a meaning has a form too (dashes, dots), never only a colour.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Room for labels beneath and beside the plot, in units of the picture.
BELOW, BESIDE, ABOVE = 20, 112, 12
# Labels of two limits need as much between them as their letters are high.
APART = 11
# Labels along the axis of periods, the last among them.
AXIS_LABELS = 8
# Of a bar: its share of the room that it has.
BAR_SHARE = 0.62


@dataclass(frozen=True)
class Point:
    """A period's value; None where there is none, which leaves a gap."""

    label: str
    value: float | None
    # The value as people read it, or why there is none.
    told: str
    href: str | None = None
    is_complete: bool = True


@dataclass(frozen=True)
class Mark:
    """Something that happened in a period."""

    label: str
    told: str


@dataclass(frozen=True)
class Series:
    """Values over time, with what they are held against."""

    name: str
    points: Sequence[Point]
    tell: Callable[[float], str]
    target: float | None = None
    guardrail: float | None = None
    usual: tuple[float, float] | None = None
    marks: Sequence[Mark] = field(default=())


def sparkline(series: Series, *, width: int = 260, height: int = 72) -> Markup:
    """A line without axes: its run, the last value as a dot, limits as lines, what happened."""
    plot = _Plot(series, width=width, height=height, left=3, right=6, top=10, bottom=18)
    parts = [
        *_band(plot),
        *_limits(plot, named=False),
        *_marks(plot),
        *_line(plot),
        *_ends(plot, height),
    ]
    last = _last(series.points)
    if last is not None:
        parts.append(f'<circle class="dot" cx="{plot.x(last)}" cy="{plot.y_of(last)}" r="3.2"/>')
    return picture("spark", series.name, _summary(series), width, height, parts)


def line_chart(series: Series, *, width: int = 1080, height: int = 250) -> Markup:
    """A line with its axes, limits by name, usual band and what happened."""
    plot = _Plot(series, width=width, height=height, left=6, right=BESIDE, top=ABOVE, bottom=BELOW)
    parts = [*_band(plot), *_grid(plot), *_limits(plot, named=True), *_line(plot), *_marks(plot)]
    for index, point in enumerate(series.points):
        if point.value is None:
            continue
        name = f"{point.label}: {point.told}"
        kind = "point" if point.is_complete else "point open"
        dot = (
            f'<circle class="{kind}" cx="{plot.x(index)}" cy="{plot.y_of(index)}" r="3">'
            f"<title>{escape(name)}</title></circle>"
        )
        parts.append(_linked(dot, point.href, name))
    parts += _periods(plot)
    return picture("line", series.name, _summary(series), width, height, parts)


def waterfall(
    name: str,
    steps: Sequence[tuple[str, float, bool]],
    tell: Callable[[float], str],
    *,
    width: int = 1080,
    height: int = 260,
) -> Markup:
    """Bars from an opening to a closing balance.

    Args:
        name: Of the picture.
        steps: Label, amount, and whether it is a balance (stands on the ground) or a change.
        tell: An amount as people read it.
        width: In units of the picture.
        height: In units of the picture.
    """
    tops, level = [], 0.0
    for _, amount, is_balance in steps:
        begin = 0.0 if is_balance else level
        level = amount if is_balance else level + amount
        tops.append((begin, level))
    high = max((max(pair) for pair in tops), default=1.0)
    low = min(0.0, *(min(pair) for pair in tops)) if tops else 0.0
    # Changes of a twentieth of the balance are seen where the ground is cut off.
    lows = [min(pair) for pair, (_, _, is_balance) in zip(tops, steps, strict=True)]
    floors = [low_ for low_, (_, _, is_balance) in zip(lows, steps, strict=True) if not is_balance]
    ground = max(0.0, min(floors) - 0.35 * (high - min(floors))) if floors and low >= 0 else low
    scale = (height - 2 * BELOW - 8) / ((high - ground) or 1.0)
    room = width / max(len(steps), 1)
    parts = []
    for index, ((label, amount, is_balance), (begin, end)) in enumerate(
        zip(steps, tops, strict=True)
    ):
        top, bottom = max(begin, end), max(min(begin, end), ground)
        x = index * room + room * (1 - BAR_SHARE) / 2
        y = BELOW + (high - top) * scale
        kind = "balance" if is_balance else ("gain" if amount >= 0 else "loss")
        said = tell(amount) if is_balance else _signed(amount, tell)
        parts.append(
            f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{room * BAR_SHARE:.1f}" '
            f'height="{max((top - bottom) * scale, 1.2):.1f}"><title>{escape(label)}: '
            f"{escape(said)}</title></rect>"
            f'<text class="value" x="{x + room * BAR_SHARE / 2:.1f}" y="{y - 5:.1f}" '
            f'text-anchor="middle">{escape(said)}</text>'
            f'<text class="axis" x="{x + room * BAR_SHARE / 2:.1f}" y="{height - 6}" '
            f'text-anchor="middle">{escape(label)}</text>'
        )
        if index + 1 < len(steps):
            level_y = BELOW + (high - end) * scale
            parts.append(
                f'<line class="tie" x1="{x + room * BAR_SHARE:.1f}" y1="{level_y:.1f}" '
                f'x2="{x + room:.1f}" y2="{level_y:.1f}"/>'
            )
    told = "; ".join(
        f"{label} {tell(amount) if is_balance else _signed(amount, tell)}"
        for label, amount, is_balance in steps
    )
    cut = " The ground of the bars is cut off." if ground > 0 else ""
    return picture("waterfall", name, f"{told}.{cut}", width, height, parts)


def add_shares(rows: Sequence[dict[str, Any]], by: str) -> None:
    """Give each row `share_of_widest`, 0 to 1; None where there is no bar to draw."""
    widest = max((abs(float(row[by])) for row in rows if row[by]), default=0.0)
    for row in rows:
        row["share_of_widest"] = abs(float(row[by])) / widest if row[by] else None


def group_bars(rows: Sequence[dict[str, Any]], by: str) -> dict[str, list[dict[str, Any]]]:
    """Rows by their `dimension`, the total left out, each with its share of the widest there."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["dimension"] != "total":
            groups.setdefault(row["dimension"], []).append(row)
    for group in groups.values():
        add_shares(group, by)
    return groups


def bar(share: float, *, kind: str = "amount") -> Markup:
    """A bar of a table's row: an amount, a gain or a loss; its share of the widest is 0 to 1.

    A page has hundreds, so its size stands in the style sheet.
    """
    long = round(120 * max(0.0, min(1.0, share)), 1)
    return _markup(
        f'<svg class="bar" viewBox="0 0 120 10" aria-hidden="true">'
        f'<rect class="{kind}" width="{long:g}" height="10"/></svg>'
    )


def interval(
    value: float, lower: float, upper: float, *, reach: float, width: int = 160, height: int = 14
) -> Markup:
    """A value with its interval on a line on which zero is marked; `reach` is at either end."""

    def place(of: float) -> float:
        return width / 2 * (1 + max(-1.0, min(1.0, of / reach)))

    middle = height / 2
    return _markup(
        f'<svg class="interval" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'aria-hidden="true"><line class="grid" x1="{width / 2:g}" x2="{width / 2:g}" y1="0" '
        f'y2="{height}"/><line class="reach" x1="{place(lower):.1f}" x2="{place(upper):.1f}" '
        f'y1="{middle:g}" y2="{middle:g}"/>'
        f'<circle class="dot" cx="{place(value):.1f}" cy="{middle:g}" r="3.2"/></svg>'
    )


class _Plot:
    """Where values of a series lie in a picture."""

    def __init__(
        self,
        series: Series,
        *,
        width: int,
        height: int,
        left: int,
        right: int,
        top: int,
        bottom: int,
    ) -> None:
        self.series = series
        self.left, self.right = left, width - right
        self.top, self.bottom = top, height - bottom
        held = [series.target, series.guardrail, *(series.usual or ())]
        values = [point.value for point in series.points if point.value is not None]
        known = [*values, *(limit for limit in held if limit is not None)]
        self.low: float = min(known, default=0.0)
        self.high: float = max(known, default=1.0)
        room = (self.high - self.low) or abs(self.high) or 1.0
        self.low -= 0.06 * room
        self.high += 0.06 * room

    def x(self, index: int) -> float:
        steps = max(len(self.series.points) - 1, 1)
        return round(self.left + (self.right - self.left) * index / steps, 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.bottom - share * (self.bottom - self.top), 1)

    def y_of(self, index: int) -> float:
        value = self.series.points[index].value
        return self.bottom if value is None else self.y(value)


def _line(plot: _Plot) -> list[str]:
    """The run of values, broken where one is missing."""
    path, is_down = [], False
    for index, point in enumerate(plot.series.points):
        if point.value is None:
            is_down = False
            continue
        path.append(f"{'L' if is_down else 'M'}{plot.x(index)} {plot.y_of(index)}")
        is_down = True
    return [f'<path class="run" d="{"".join(path)}"/>'] if path else []


def _limits(plot: _Plot, *, named: bool) -> list[str]:
    parts: list[str] = []
    taken: list[float] = []
    for kind, limit in (("target", plot.series.target), ("guardrail", plot.series.guardrail)):
        if limit is None:
            continue
        y = plot.y(limit)
        parts.append(f'<line class="{kind}" x1="{plot.left}" y1="{y}" x2="{plot.right}" y2="{y}"/>')
        if named:
            at = y + 4
            while any(abs(at - other) < APART for other in taken):
                at += APART
            taken.append(at)
            said = f"{kind} {plot.series.tell(limit)}"
            parts.append(
                f'<text class="{kind}" x="{plot.right + 5}" y="{at}">{escape(said)}</text>'
            )
    return parts


def _band(plot: _Plot) -> list[str]:
    if plot.series.usual is None:
        return []
    low, high = plot.series.usual
    top, bottom = plot.y(high), plot.y(low)
    return [
        f'<rect class="usual" x="{plot.left}" y="{top}" width="{plot.right - plot.left}" '
        f'height="{max(bottom - top, 1):.1f}"><title>usual: {escape(plot.series.tell(low))} to '
        f"{escape(plot.series.tell(high))}</title></rect>"
    ]


def _grid(plot: _Plot) -> list[str]:
    """The lowest and highest value that was seen, where no limit stands there."""
    values = [point.value for point in plot.series.points if point.value is not None]
    limits = [
        plot.y(limit) for limit in (plot.series.target, plot.series.guardrail) if limit is not None
    ]
    parts = []
    for value in dict.fromkeys([max(values), min(values)] if values else []):
        y = plot.y(value)
        parts.append(f'<line class="grid" x1="{plot.left}" y1="{y}" x2="{plot.right}" y2="{y}"/>')
        if all(abs(y - limit) >= APART for limit in limits):
            parts.append(
                f'<text class="axis" x="{plot.right + 5}" y="{y + 4}">'
                f"{escape(plot.series.tell(value))}</text>"
            )
    return parts


def _periods(plot: _Plot) -> list[str]:
    """Periods along the axis: the last, and as many before it as there is room for."""
    count = len(plot.series.points)
    step = max(1, -(-count // AXIS_LABELS))
    parts = []
    for index in range(count - 1, -1, -step):
        anchor = "end" if index == count - 1 else ("start" if index == 0 else "middle")
        parts.append(
            f'<text class="axis" x="{plot.x(index)}" y="{plot.bottom + 15}" '
            f'text-anchor="{anchor}">{escape(plot.series.points[index].label)}</text>'
        )
    return parts


def _ends(plot: _Plot, height: int) -> list[str]:
    """The first and the last period, where there is no room for more."""
    points = plot.series.points
    ends = [(0, "start"), (len(points) - 1, "end")] if len(points) > 1 else []
    return [
        f'<text class="axis" x="{plot.x(index)}" y="{height - 4}" text-anchor="{anchor}">'
        f"{escape(points[index].label)}</text>"
        for index, anchor in ends
    ]


def _marks(plot: _Plot) -> list[str]:
    places = {point.label: index for index, point in enumerate(plot.series.points)}
    together: dict[int, list[str]] = {}
    for mark in plot.series.marks:
        if mark.label in places:
            together.setdefault(places[mark.label], []).append(mark.told)
    return [
        f'<g class="mark"><line x1="{plot.x(index)}" y1="{plot.top}" x2="{plot.x(index)}" '
        f'y2="{plot.bottom}"/><path d="M{plot.x(index) - 4} {plot.top - 8}h8l-4 7z"/>'
        f"<title>{escape('; '.join(told))}</title></g>"
        for index, told in sorted(together.items())
    ]


def _last(points: Sequence[Point]) -> int | None:
    known = [index for index, point in enumerate(points) if point.value is not None]
    return known[-1] if known else None


def _summary(series: Series) -> str:
    """In words what the picture shows, for those who do not see it."""
    known = [point for point in series.points if point.value is not None]
    if not known:
        return "No value yet."
    lowest = min(known, key=lambda point: point.value or 0.0)
    highest = max(known, key=lambda point: point.value or 0.0)
    told = (
        f"{known[-1].label}: {known[-1].told}; lowest {lowest.told} in {lowest.label}, highest "
        f"{highest.told} in {highest.label}"
    )
    for kind, limit in (("target", series.target), ("guardrail", series.guardrail)):
        told += "" if limit is None else f"; {kind} {series.tell(limit)}"
    return f"{told}."


def _signed(amount: float, tell: Callable[[float], str]) -> str:
    return f"+{tell(amount)}" if amount > 0 else tell(amount).replace("-", "\N{MINUS SIGN}")


def _linked(shape: str, href: str | None, name: str) -> str:
    if href is None:
        return shape
    return f'<a href="{escape(href)}" aria-label="{escape(name)}">{shape}</a>'


def picture(
    kind: str, name: str, told: str, width: float, height: float, parts: Sequence[str]
) -> Markup:
    """A picture with what it says in words; texts among its parts are escaped already."""
    content = "".join(parts)
    # Whose parts lead somewhere is no single image to a screen reader.
    role = "group" if "<a " in content else "img"
    return _markup(
        f'<svg class="{kind}" viewBox="0 0 {width:g} {height:g}" role="{role}" '
        f'aria-label="{escape(name)}. {escape(told)}">{content}</svg>'
    )


def _markup(text: str) -> Markup:
    # Every text in it has gone through `escape`; the rest is numbers and our own words.
    return Markup(text)  # noqa: S704
