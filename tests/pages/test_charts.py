"""Pictures: where their points lie, what their bars add up to, what they say in words."""

from __future__ import annotations

import re
from itertools import pairwise

from orchestration.pages.charts import (
    APART,
    Mark,
    Point,
    Series,
    interval,
    line_chart,
    sparkline,
    waterfall,
)
from orchestration.pages.fan import ABOVE, BELOW, HEIGHT, Path, draw_fan


def tell(value: float) -> str:
    return f"{value:g}"


def test_a_waterfall_s_bars_begin_where_the_one_before_ended() -> None:
    svg = waterfall(
        "MRR",
        [
            ("Opening", 100, True),
            ("New", 30, False),
            ("Churned", -20, False),
            ("Closing", 110, True),
        ],
        tell,
    )
    bars = [
        (kind, float(y), float(height))
        for kind, y, height in re.findall(
            r'<rect class="(\w+)" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"', svg
        )
    ]
    assert [kind for kind, _, _ in bars] == ["balance", "gain", "loss", "balance"]
    (_, opening, _), (_, gain, rise), (_, loss, fall), (_, closing, _) = bars
    assert gain + rise == opening or abs(gain + rise - opening) < 0.2
    assert abs(loss - gain) < 0.2
    assert abs(loss + fall - closing) < 0.2
    # 30 and 20 of the same scale.
    assert abs(rise / fall - 1.5) < 0.02
    assert "+30" in svg and "−20" in svg and "The ground of the bars is cut off" in svg


def test_a_missing_value_leaves_a_gap() -> None:
    points = [Point("a", 1, "1"), Point("b", None, "no data"), Point("c", 3, "3")]
    svg = line_chart(Series("Metric", points, tell))
    path = re.search(r'class="run" d="([^"]*)"', svg)
    assert path and path[1].count("M") == 2 and "L" not in path[1]
    assert svg.count('<circle class="point"') == 2


def test_a_higher_value_lies_higher_and_limits_lie_between() -> None:
    points = [Point("a", 0, "0"), Point("b", 10, "10")]
    svg = line_chart(Series("Metric", points, tell, target=5))
    low, high = (
        float(y) for y in re.findall(r'<circle class="point" cx="[\d.]+" cy="([\d.]+)"', svg)
    )
    target = float(re.findall(r'<line class="target" x1="[\d.]+" y1="([\d.]+)"', svg)[0])
    assert high < target < low
    assert abs(target - (low + high) / 2) < 0.2


def test_a_picture_is_told_in_words() -> None:
    points = [Point("2026-05", 4, "4"), Point("2026-06", 9, "9")]
    svg = sparkline(Series("Churn", points, tell, target=5, guardrail=8))
    assert (
        'aria-label="Churn. 2026-06: 9; lowest 4 in 2026-05, highest 9 in 2026-06; target 5; '
        in svg
    )


def test_what_happened_stands_at_its_period_and_is_escaped() -> None:
    points = [Point("2026-05", 4, "4"), Point("2026-06", 9, "9")]
    marks = [Mark("2026-06", "breach <b>opened</b>"), Mark("2020-01", "long ago")]
    for draw in (line_chart, sparkline):
        svg = draw(Series("Churn & more", points, tell, marks=marks))
        assert svg.count('<g class="mark">') == 1
        assert "breach &lt;b&gt;opened&lt;/b&gt;" in svg and "long ago" not in svg
        assert "Churn &amp; more" in svg


def test_a_series_without_values_is_drawn_as_such() -> None:
    assert "No value yet" in line_chart(Series("Metric", [Point("a", None, "no data")], tell))
    assert "No value yet" in sparkline(Series("Metric", [], tell))


def test_an_interval_lies_on_its_side_of_zero() -> None:
    """-0.1 (-0.2 to 0) of a reach of 0.2: from the left end to the middle, the value between."""
    drawn = interval(-0.1, -0.2, 0.0, reach=0.2, width=100)
    assert 'x1="0.0" x2="50.0"' in drawn
    assert 'cx="25.0"' in drawn


def test_a_fan_begins_at_one_point_and_names_each_line_apart() -> None:
    """Zero lies at the ground, the highest at the top; equal ends are named one below another."""
    drawn = draw_fan(
        "Cash",
        ["2026-06", "2026-07"],
        [Path("as now", [50, 100], is_main=True), Path("less", [50, 0]), Path("least", [50, 0])],
        lambda value: f"{value:.0f}",
    )
    lines = re.findall(r'class="run( other)?" d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"', drawn)
    assert len({(x, y) for _, x, y, _, _ in lines}) == 1
    ends = {kind: float(y) for kind, *_, y in lines}
    assert ends[""] == ABOVE and ends[" other"] == HEIGHT - BELOW
    names = sorted(
        float(y) for y in re.findall(r'<text class="(?:axis|value)" x="756" y="([\d.]+)"', drawn)
    )
    assert len(names) == 3
    assert all(low - high >= APART for high, low in pairwise(names))
    assert "as now 50 to 100" in drawn
