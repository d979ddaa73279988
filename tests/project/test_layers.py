"""Laws over the layers: one way through the house. Each says why, and what to do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from orchestration.settings import PROJECT_DIR
from tests.keys import keys_by_meta, keys_by_tests

PREFIXES = {
    "staging": r"stg_{folder}__\w+",
    "intermediate": r"int_\w+__\w+",
    "marts": r"(dim|fct)_\w+",
}
# The comment of a model of SQL, the docstring of one of Python.
GRAIN = re.compile(r'^(?:-- |""")(Grain: .+(?:\n-- .+)*)', re.MULTILINE)
SQL_FILES = sorted((PROJECT_DIR / "dbt_project").rglob("*.sql"))


def models(manifest: dict[str, Any], layer: str | None = None) -> list[dict[str, Any]]:
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and (layer is None or node["fqn"][1] == layer)
    ]


def parents(node: dict[str, Any], kind: str) -> list[str]:
    return [key for key in node["depends_on"]["nodes"] if key.startswith(kind)]


def test_staging_reads_one_source(manifest: dict[str, Any]) -> None:
    """A staging model that joins sources hides where a column came from.

    The ledger (`raw_meta`) is read by all of them, to tell accepted loads.
    """
    for node in models(manifest, "staging"):
        sources = {key.split(".")[2] for key in parents(node, "source.")} - {"raw_meta"}
        folder = node["fqn"][2]
        assert sources <= {folder}, (
            f"{node['original_file_path']} reads {sources}; read only {folder}, join in "
            "an intermediate model"
        )


def test_only_staging_reads_sources(manifest: dict[str, Any]) -> None:
    """What is renamed, cast and filtered in staging must not be had unfiltered elsewhere."""
    for node in models(manifest):
        if node["fqn"][1] != "staging":
            assert not parents(node, "source."), (
                f"{node['original_file_path']} reads a source; read its staging model"
            )


# They count or list rows of whatever there is, and so use nothing.
BOOKKEEPING = {
    "int_lineage__arrived", "int_lineage__passed_on", "int_lineage__staged_rows",
    "int_lineage__steps", "layer_accounting", "row_accounting", "source_rows",
    "unmatched_records",
}  # fmt: skip


def test_every_source_object_is_used_or_declared_unused(manifest: dict[str, Any]) -> None:
    """What nobody reads is landed, stored and checked for nothing.

    Remedy: read it in a model that leads to a public one, or say `meta: {unused: why}`.
    """
    public = {node["unique_id"] for node in models(manifest) if node["access"] == "public"}
    idle = {node["unique_id"] for node in models(manifest) if node["name"] in BOOKKEEPING}
    for key, source in manifest["sources"].items():
        reason = source["config"]["meta"].get("unused")
        reached, ahead = set(), [key]
        while ahead:
            children = set(manifest["child_map"][ahead.pop()]) - reached - idle
            reached |= children
            ahead += children
        where = f"{source['source_name']}.{source['name']}"
        if reason is None:
            assert reached & public, f"{where} leads to no public model"
        else:
            assert not reached & public, f"{where} is used, though it says: {reason}"


def test_metrics_read_marts_only(manifest: dict[str, Any]) -> None:
    """A metric on an intermediate model could not be traced or queried by BI."""
    allowed = ("marts", "time_spine")
    for node in models(manifest, "metrics"):
        for key in parents(node, "model."):
            layer = manifest["nodes"][key]["fqn"][1]
            assert layer in allowed, f"{node['original_file_path']} reads {key}; read a mart"


def test_what_is_accepted_is_read_with_raw_rows_only(manifest: dict[str, Any]) -> None:
    """A build that skips takes it for a part of each raw table: join by `accepted_rows`."""
    for node in models(manifest):
        assert "accepted_files" not in node["raw_code"], node["original_file_path"]


def test_nothing_reads_audiences(manifest: dict[str, Any]) -> None:
    """Audiences are the end of the road; what two of them share belongs in governance."""
    for node in models(manifest):
        for key in parents(node, "model."):
            if manifest["nodes"][key]["fqn"][1] == "audiences":
                assert node["fqn"][1] == "audiences", f"{node['original_file_path']} reads {key}"


def test_names_match_folders(manifest: dict[str, Any]) -> None:
    """A reader finds a model by its name, and knows by its name what it is."""
    for layer, pattern in PREFIXES.items():
        for node in models(manifest, layer):
            expected = pattern.format(folder=node["fqn"][2])
            assert re.fullmatch(expected, node["name"]), (
                f"{node['original_file_path']}: a model of {layer} is named {expected}"
            )


def test_public_models_keep_their_promises(manifest: dict[str, Any]) -> None:
    """What BI tools query has a shape, an owner and a key that is tested."""
    keyed = keys_by_tests(manifest)
    for node in models(manifest):
        if node["access"] != "public":
            continue
        where = node["original_file_path"]
        assert node["contract"]["enforced"], f"{where}: enforce a contract (folders configure it)"
        assert node["group"] in {g["name"] for g in manifest["groups"].values()}, where
        assert node["unique_id"] in keyed, f"{where}: test its key with unique_combination"


def test_every_model_says_what_a_row_is_and_what_tells_rows_apart(manifest: dict[str, Any]) -> None:
    """Who joins a table has to know; whether it is so, a test asks of a warehouse."""
    stated, tested = keys_by_meta(manifest), keys_by_tests(manifest)
    for node in models(manifest):
        where = node["original_file_path"]
        said_by = [keys for keys in (stated, tested) if node["unique_id"] in keys]
        assert node["description"].startswith("Grain: one row"), (
            f"{where}: describe it in the YAML beside it, from `Grain: one row per …` on"
        )
        assert len(said_by) > 0, (
            f"{where}: name the columns of its key in the YAML beside it, "
            "`config: {meta: {key: [columns]}}`; [] says that there is one row"
        )
        assert len(said_by) < 2, f"{where}: its test says its key; leave out `meta.key`"


def test_a_comment_says_the_grain_in_the_words_of_the_description(manifest: dict[str, Any]) -> None:
    """Of two grains that differ one is wrong, and nobody knows which; marts say more in theirs."""
    for node in models(manifest, "staging") + models(manifest, "intermediate"):
        head = GRAIN.search(node["raw_code"])
        if head:
            said = " ".join(head[1].replace("\n--", "").split()).rstrip('."')
            assert " ".join(node["description"].split()).startswith(said), (
                f"{node['original_file_path']} says `{said}`, its YAML `{node['description']}`"
            )


def test_every_group_has_an_owner(manifest: dict[str, Any]) -> None:
    """A breach is somebody's to act on."""
    for group in manifest["groups"].values():
        assert group["owner"].get("email"), f"group {group['name']} names no owner"


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.name)
def test_sql_reads_well(path: Any) -> None:
    """Grain first, no long lines, and no clock: equal files and days give equal numbers."""
    text = path.read_text()
    for number, line in enumerate(text.splitlines(), 1):
        assert len(line) <= 100, f"{path}:{number} has {len(line)} columns; wrap it at 100"
    assert not re.search(r"\b(current_date|current_timestamp|now\(\)|today\(\))", text), (
        f"{path} asks the clock; read the run's day from int_calendar__run"
    )
    if "/marts/" in str(path) or "/intermediate/" in str(path):
        assert re.search(r"^-- Grain: ", text, re.MULTILINE), f"{path}: say its grain first"


def test_only_settings_reads_the_environment() -> None:
    """One place tells what can be set."""
    reads = re.compile(r"os\.getenv|os\.environ\.get|os\.environ\[[^\]]+\](?!\s*=)|os\.environ \|")
    for path in sorted((PROJECT_DIR / "orchestration").rglob("*.py")):
        if path.name != "settings.py":
            found = reads.search(path.read_text())
            assert not found, f"{path} reads the environment ({found}); add a field to Settings"


def needs(text: str, package: str) -> bool:
    """Whether Python code imports a package, for types too."""
    return bool(re.search(rf"^\s*(from|import) {package}\b", text, re.MULTILINE))


def test_gates_do_not_need_the_pipeline() -> None:
    """Expectations can be asked of any warehouse with the tables that they name.

    Remedy: say in `expectations/contract.py` what a gate has to know, and hand it in.
    """
    assert needs("if TYPE_CHECKING:\n    from orchestration.run import refresh", "orchestration")
    assert not needs("from orchestrations import refresh", "orchestration")
    needing = [
        str(path.relative_to(PROJECT_DIR))
        for path in sorted((PROJECT_DIR / "expectations").rglob("*.py"))
        if needs(path.read_text(), "orchestration")
    ]
    assert needing == []


def test_the_demo_company_is_a_guest() -> None:
    """Remedy: what the house needs of the demo belongs in the house; the demo imports it."""
    folders = ("orchestration", "expectations", "dbt_project")
    guests = [
        str(path.relative_to(PROJECT_DIR))
        for folder in folders
        for path in (PROJECT_DIR / folder).rglob("*.py")
        if "drivewheel_demo" in path.read_text()
    ]
    assert guests == []
