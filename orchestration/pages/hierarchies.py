"""Leadership by function, the technical teams, and the tree that holds them together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from markupsafe import escape

from orchestration.pages import addresses, charts, series
from orchestration.pages.executive import RANK
from orchestration.pages.site import NoSuchPageError
from orchestration.report.tree import read_tree
from orchestration.report.words import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markupsafe import Markup

    from orchestration.pages.site import Site

CARDS = """
select * from audiences.leadership_scorecard where function = $function
order by depth, label, dimension != 'total', dimension, abs(contribution) desc nulls last,
    abs(value) desc nulls last, dimension_value
"""
FUNCTIONS = """
select
    function, count(*) as metric_count, count(*) filter (status = 'breach') as breach_count,
    count(*) filter (status = 'watch') as watch_count, any_value(owner_role) as owner_role
from audiences.leadership_scorecard where dimension = 'total'
group by function order by function
"""
TECHNICAL = """
select * from audiences.technical_scorecard
order by label, dimension != 'total', dimension, abs(value) desc nulls last, dimension_value
"""
# What services promised and kept in the newest month of each.
LEVELS = """
select levels.*, metrics.unit
from governance.service_level_readouts as levels
inner join governance.dim_metrics as metrics using (metric_id)
qualify row_number() over (
    partition by service, objective order by month_start desc
) = 1
order by service, objective
"""
ROW, COLUMN, WIDE = 26, 350, 300
# Letters that a node has room for beside its score: of its name, a space, and of its value.
ROOM = 38


def read_leadership(site: Site) -> dict[str, Any]:
    """The functions of the company, with how many of their metrics are in breach."""
    return {
        "title": "Leadership",
        "functions": site.ask(FUNCTIONS),
        "here": addresses.LEADERSHIP,
    }


def read_function(site: Site, page: str) -> dict[str, Any]:
    """The metrics of a function with their slices.

    Raises:
        NoSuchPageError: there is no such function.
    """
    functions = {addresses.function(row["function"]): row for row in site.ask(FUNCTIONS)}
    if page not in functions:
        message = f"no function has a page {page}"
        raise NoSuchPageError(message)
    function = functions[page]
    rows = site.ask(CARDS, function=function["function"])
    return {
        "title": str(function["function"]).replace("_", " ").capitalize(),
        "function": function,
        "metrics": _cards(site, rows),
        "functions": list(functions.values()),
        "here": addresses.LEADERSHIP,
    }


def read_technical(site: Site) -> dict[str, Any]:
    """The metrics of services and teams beside the business outcomes that they move."""
    return {
        "title": "Technical",
        "metrics": _cards(site, site.ask(TECHNICAL)),
        "levels": site.ask(LEVELS),
        "here": addresses.TECHNICAL,
    }


def read_picture(site: Site) -> dict[str, Any]:
    """The tree of metrics, a picture for each family."""
    rows = read_tree(site.settings)
    children: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        children[row["parent_id"]].append(row)
    company = next(row for row in rows if row["node_id"] == "company")
    return {
        "title": "KPI tree",
        "company": company,
        "families": [
            {"node": family, "picture": _tree(family, children)}
            for family in sorted(children["company"], key=lambda row: str(row["node_id"]))
        ],
        "here": addresses.TREE,
    }


def _cards(site: Site, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A card of each metric: its total with a sparkline, and its slices."""
    by_metric: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_metric.setdefault(row["metric_id"], []).append(row)
    by_grain = defaultdict(list)
    for metric, of_metric in by_metric.items():
        by_grain[of_metric[0]["grain"]].append(metric)
    values: dict[str, list[dict[str, Any]]] = {}
    for grain, metrics in by_grain.items():
        values |= series.read_values(site, metrics, grain)
    cards = []
    for metric, of_metric in by_metric.items():
        total = next((row for row in of_metric if row["dimension"] == "total"), of_metric[0])
        drawn = series.build_series(total["label"], total["unit"], values[metric])
        slices = charts.group_bars(of_metric, "value")
        cards.append(total | {"picture": charts.sparkline(drawn), "slices": slices})
    return sorted(cards, key=lambda row: (RANK.get(row["status"], 9), row["label"]))


def _tree(root: dict[str, Any], children: dict[str | None, list[dict[str, Any]]]) -> Markup:
    """A family's metrics, each right of its parent."""
    places: dict[str, tuple[int, float]] = {}
    shown: list[dict[str, Any]] = []
    lines = 0

    def place(row: dict[str, Any], depth: int) -> float:
        nonlocal lines
        below = _drivers(row) + sorted(
            children[row["node_id"]],
            key=lambda node: (node["score"] is None, node["score"] or 0.0, node["node_id"]),
        )
        if below:
            ys = [place(node, depth + 1) for node in below]
            y = (ys[0] + ys[-1]) / 2
        else:
            y = (lines + 0.5) * ROW
            lines += 1
        places[row["node_id"]] = (depth, y)
        shown.append(row)
        return y

    place(root, 0)
    depth = max(depth for depth, _ in places.values())
    width, height = depth * COLUMN + WIDE, lines * ROW
    parts = [*_branches(shown, places), *_nodes(shown, places)]
    return charts.picture(
        "tree", _name(root), "What lies beneath it, each right of its parent.", width, height, parts
    )


def _drivers(row: dict[str, Any]) -> list[dict[str, Any]]:
    """What has been shown to lead a metric, as nodes beneath it; each may lead several."""
    return [
        {
            "node_id": f"{row['node_id']} led by {driver['driver']}",
            "node_type": "driver",
            "parent_id": row["node_id"],
            "metric_id": driver["driver_metric_id"],
            "label": str(driver["label"]),
            "told": driver["sentence"],
        }
        for driver in row.get("leads", [])
    ]


def _branches(
    rows: Sequence[dict[str, Any]], places: dict[str, tuple[int, float]]
) -> Iterator[str]:
    for row in rows:
        if row["parent_id"] not in places:
            continue
        (above, from_y), (depth, y) = places[row["parent_id"]], places[row["node_id"]]
        begin, end = above * COLUMN + WIDE, depth * COLUMN
        middle = (begin + end) / 2
        kind = "branch lead" if row["node_type"] == "driver" else "branch"
        yield (
            f'<path class="{kind}" d="M{begin} {from_y:.1f}C{middle} {from_y:.1f} {middle} '
            f'{y:.1f} {end} {y:.1f}"/>'
        )


def _nodes(rows: Sequence[dict[str, Any]], places: dict[str, tuple[int, float]]) -> Iterator[str]:
    for row in rows:
        depth, y = places[row["node_id"]]
        x = depth * COLUMN
        metric, mark, kind, told = _shown(row)
        name = _name(row)
        value = _value(row)
        room = ROOM - len(value)
        shown = name if len(name) <= room else f"{name[: room - 1]}…"
        measured = (
            f'<text class="measured" x="{x + WIDE - 8}" y="{y + 4:.1f}" text-anchor="end">'
            f"{escape(value)}</text>"
        )
        node = (
            f'<g class="node {kind}"><title>{escape(name)}: {escape(told)}</title>'
            f'<rect x="{x}" y="{y - 10:.1f}" width="{WIDE}" height="20" rx="4"/>'
            f'<text class="score" x="{x + 26}" y="{y + 4:.1f}" text-anchor="end">{mark}</text>'
            f'<text x="{x + 34}" y="{y + 4:.1f}">{escape(shown)}</text>{measured}</g>'
        )
        if metric:
            href = addresses.relative(addresses.metric(metric), addresses.TREE)
            node = f'<a href="{escape(href)}">{node}</a>'
        yield node


def _shown(row: dict[str, Any]) -> tuple[str | None, str, str, str]:
    """A node's metric, what stands at its left, its class, and what is told of it."""
    if row["node_type"] == "driver":
        return row["metric_id"], "→", "lead", row["told"]
    score = "–" if row["score"] is None else f"{row['score']:.0f}"
    told = f"score {score}"
    if row["node_type"] != "metric":
        return None, score, "family", told
    status = str(row["status"] or "no_value").replace("_", "-")
    return row["node_id"], score, status, ", ".join(filter(None, (_value(row), told)))


def _value(row: dict[str, Any]) -> str:
    """What a metric stands at, where it is known; why not is told on its page."""
    if row["node_type"] != "metric" or row["state"] != "ok":
        return ""
    return format_value(row["value"], row["unit"])


def _name(row: dict[str, Any]) -> str:
    return str(row["label"] or row["node_id"].replace("_", " "))
