"""Laws over the registry: every metric can be owned, judged, traced and read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.project.manifest import Manifest
from orchestration.semantic.compiler import CompiledQueries
from orchestration.semantic.meta import vocabulary
from orchestration.semantic.registry import MetricSpec, load_driver_families, load_registry
from orchestration.semantic.selects import long_selects
from orchestration.semantic.windows import customer_selects, is_windowed, window_selects
from orchestration.settings import Settings
from orchestration.warehouse.dbt_project import keep_parsed
from tests.tables import rows_of

FAMILIES = set(vocabulary()["driver_family"])


@pytest.fixture(scope="session")
def registry(manifest_path: Path) -> dict[str, MetricSpec]:
    """Every metric; reading them already refuses what `test_metric_meta.py` does."""
    return {spec.metric_id: spec for spec in load_registry(manifest_path)}


def test_metrics_are_described_for_readers(registry: dict[str, MetricSpec]) -> None:
    """A name alone explains nothing."""
    for spec in registry.values():
        assert len(spec.description) > 30, f"{spec.metric_id}: describe what it says"


def test_labels_are_unique(manifest: Manifest) -> None:
    """MetricFlow refuses two metrics of one label; so do readers."""
    labels = [metric.label for metric in manifest.metrics.values()]
    assert len(labels) == len(set(labels)), {x for x in labels if labels.count(x) > 1}


def test_every_chain_of_parents_ends_in_the_core(registry: dict[str, MetricSpec]) -> None:
    """A metric outside of the tree moves no score."""
    for spec in registry.values():
        seen = {spec.metric_id}
        node: MetricSpec | None = spec
        while node is not None and node.parent:
            assert node.parent not in seen, f"{spec.metric_id}: its parents form a circle"
            seen.add(node.parent)
            assert node.parent in registry, f"{node.metric_id}: no metric {node.parent}"
            node = registry[node.parent]
        if node is not None:
            assert node.tier == "core", f"{spec.metric_id}: the root {node.metric_id} is not core"


def test_the_core_is_lean_and_complete(registry: dict[str, MetricSpec]) -> None:
    """At most ten metrics for an executive's page, and every family on it."""
    core = [spec.driver_family for spec in registry.values() if spec.tier == "core"]
    assert len(core) <= 10, f"{len(core)} core metrics; demote some"
    assert set(core) == FAMILIES, f"families without a core metric: {FAMILIES - set(core)}"


def test_an_executive_metric_is_core_and_the_other_way_round(
    registry: dict[str, MetricSpec],
) -> None:
    """The core is what executives read; a metric that is half of it stands on no page."""
    core = {spec.metric_id for spec in registry.values() if spec.tier == "core"}
    assert {spec.metric_id for spec in registry.values() if "executive" in spec.audiences} == core


def test_every_metric_is_on_a_page_that_shows_its_slices(registry: dict[str, MetricSpec]) -> None:
    """What `drivewheel tree` says of a metric stands there."""
    for spec in registry.values():
        assert {"leadership", "technical"} & set(spec.audiences), spec.metric_id


def test_a_top_line_is_paired_with_a_driver_that_exists(registry: dict[str, MetricSpec]) -> None:
    """No vanity: a top line is never shown alone; that it names one, its meta is asked."""
    for spec in registry.values():
        if spec.pair:
            assert spec.pair in registry, f"no metric {spec.pair}"


def test_goals_and_processes_exist(registry: dict[str, MetricSpec]) -> None:
    """A metric that serves no goal is not worth computing."""
    goals = {row["goal_id"] for row in rows_of("strategic_goals")}
    processes = {row["process_id"] for row in rows_of("key_processes")}
    for spec in registry.values():
        assert spec.goal in goals, f"{spec.metric_id}: no goal {spec.goal}"
        assert spec.process in processes, f"{spec.metric_id}: no process {spec.process}"


def test_benchmarks_are_graded_and_speak_of_metrics_that_exist(
    registry: dict[str, MetricSpec],
) -> None:
    """A number without a source is a rumour; its grade says how much to trust it."""
    for row in rows_of("metric_benchmarks"):
        assert row["metric_id"] in registry, f"no metric {row['metric_id']}"
        assert row["grade"] in tuple("ABCD"), row
        assert row["source"], row
        assert row["median"] or row["top_quartile"], row


def test_offsets_are_at_month_grain_only(
    manifest: Manifest, registry: dict[str, MetricSpec]
) -> None:
    """At quarter grain an offset of months is silently wrong in MetricFlow."""
    for name, metric in manifest.metrics.items():
        if any(part.has_offset for part in metric.parts) and name in registry:
            assert registry[name].grains == ("month",), (
                f"{name}: use a lag column in the fact instead"
            )


def test_required_roles_feed_the_metric(
    manifest: Manifest, registry: dict[str, MetricSpec]
) -> None:
    """`requires` says whose absence leaves no data; it must be true of the lineage."""
    for spec in registry.values():
        before = manifest.before(manifest.metrics[spec.metric_id].unique_id)
        sources = (manifest.sources[key] for key in before & manifest.sources.keys())
        roles = {feeds for source in sources if (feeds := source.source_meta.feeds)}
        assert set(spec.requires) <= roles, (
            f"{spec.metric_id} requires {spec.requires}, but {roles} feed it"
        )


@pytest.fixture(scope="module")
def compiler(manifest_path: Path) -> Iterator[CompiledQueries]:
    """What builds compile, or have compiled already of this state of the project."""
    queries = CompiledQueries(manifest_path.with_name("semantic_manifest.json"))
    yield queries
    queries.save()
    keep_parsed(Settings(home=manifest_path.parents[1], _env_file=None))


@pytest.mark.parametrize("name", (*sorted(FAMILIES), "second_pass", "windows", "customers"))
def test_the_model_of_metrics_names_what_they_read(
    name: str, manifest: Manifest, manifest_path: Path, compiler: CompiledQueries
) -> None:
    """Dbt sees the refs in the model's text only; one that is missing builds too early."""
    model = manifest.model(f"metrics_{name}")
    registry = load_registry(manifest_path)
    if name == "windows":
        windowed = [spec for spec in registry if is_windowed(spec)]
        selects = window_selects(compiler, windowed, manifest.metrics)
    elif name == "customers":
        core = [spec for spec in registry if spec.tier == "core"]
        selects = customer_selects(compiler, core, manifest.metrics)
    else:
        selects = long_selects(
            compiler,
            [
                spec
                for spec in registry
                if name == ("second_pass" if spec.is_second_pass else spec.driver_family)
            ],
        )
    by_table = {each.alias: each.name for each in manifest.models.values()}
    read = {
        by_table.get(table, table)
        for select in selects
        for table in re.findall(r'"[\w]+"\."[\w]+"\."([\w]+)"', select)
    }
    named = {key.split(".")[-1] for key in model.parents}
    assert read <= named, f"metrics_{name}.py: add dbt.ref for {read - named}"
    assert named - read <= {"time_spine_daily"}, f"metrics_{name}.py: drop {named - read}"


def test_the_company_score_weighs_every_family(manifest_path: Path) -> None:
    """A family without a weight would be in no score; `models/_groups.yml` gives it."""
    families = load_driver_families(manifest_path)
    assert {family.driver_family for family in families} == FAMILIES
    assert all(family.weight > 0 for family in families)


def test_bridges_are_made_of_metrics_of_the_same_grains(registry: dict[str, MetricSpec]) -> None:
    """A part that has no value where the whole has one explains nothing."""
    for spec in registry.values():
        for part in spec.bridge:
            name, factor = part.split(" ")
            assert name in registry, f"{spec.metric_id}: no metric {name} in its bridge"
            assert float(factor) != 0, f"{spec.metric_id}: {name} counts nothing"
            shared = set(spec.grains) & set(registry[name].grains) & {"month", "quarter"}
            assert shared, f"{spec.metric_id}: {name} has no values by its grains"


def test_the_board_reads_metrics_that_exist(registry: dict[str, MetricSpec]) -> None:
    """A misspelt item would leave a gap in the lens, in silence."""
    for row in rows_of("board_items"):
        assert row["metric_id"] in registry, f"no metric {row['metric_id']}"
        assert row["section"] in ("bridge", "forward"), row


def test_targets_serve_a_goal(registry: dict[str, MetricSpec]) -> None:
    """Relevant and measurable; `company/rules.py` holds the rest of SMART, for any company.

    That they are achievable says `test_on_target.py`.
    """
    for row in rows_of("metric_targets"):
        spec = registry[row["metric_id"]]
        assert spec.formula, f"{spec.metric_id}: say how it is computed"
        assert spec.goal, f"{spec.metric_id}: say which goal it serves"
