"""Laws over the layers: one way through the house. Each says why, and what to do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from orchestration.project.manifest import Manifest, reached
from orchestration.project.nodes import Model
from orchestration.settings import PROJECT_DIR
from tests.keys import keys_by_meta, keys_by_tests

PREFIXES = {
    "staging": r"stg_{folder}__\w+",
    "intermediate": r"int_\w+__\w+",
    # What is known of customers beside facts: signals and the like.
    "marts": r"(dim|fct|customer)_\w+",
}
# The comment of a model of SQL, the docstring of one of Python.
GRAIN = re.compile(r'^(?:-- |""")(Grain: .+(?:\n-- .+)*)', re.MULTILINE)
# A CTE that only gives another name to a model.
RENAMED = re.compile(
    r"\b(\w+) as \(\s*select (?:\w+\.)?\*,?\s+from \{\{ ref\([^)]*\) \}\}(?: as \w+)?\s*\)"
)
# What readers query.
READ_LAYERS = ("marts", "governance", "audiences")
SQL_FILES = sorted((PROJECT_DIR / "dbt_project").rglob("*.sql"))


def models(manifest: Manifest, layer: str | None = None) -> list[Model]:
    return [
        model
        for model in manifest.models.values()
        if model.kind == "model" and (layer is None or model.layer == layer)
    ]


def parents(model: Model, kind: str) -> list[str]:
    return [key for key in model.parents if key.startswith(kind)]


def test_staging_reads_one_source(manifest: Manifest) -> None:
    """A staging model that joins sources hides where a column came from.

    The ledger (`raw_meta`) is read by all of them, to tell accepted loads.
    """
    for node in models(manifest, "staging"):
        sources = {key.split(".")[2] for key in parents(node, "source.")} - {"raw_meta"}
        folder = node.fqn[2]
        assert sources <= {folder}, (
            f"{node.path} reads {sources}; read only {folder}, join in an intermediate model"
        )


def test_only_staging_reads_sources(manifest: Manifest) -> None:
    """What is renamed, cast and filtered in staging must not be had unfiltered elsewhere."""
    for node in models(manifest):
        if node.layer != "staging":
            assert not parents(node, "source."), (
                f"{node.path} reads a source; read its staging model"
            )


# They count or list rows of whatever there is, and so use nothing.
BOOKKEEPING = {
    "int_lineage__passed_on",
    "int_lineage__staged_rows",
    "int_lineage__steps",
    "layer_accounting",
    "row_accounting",
    "source_rows",
    "unmatched_records",
}


def test_every_source_object_is_used_or_declared_unused(manifest: Manifest) -> None:
    """What nobody reads is landed, stored and checked for nothing.

    Remedy: read it in a model that leads to a public one, or say `meta: {unused: why}`.
    """
    public = {node.unique_id for node in models(manifest) if node.access == "public"}
    idle = {node.unique_id for node in models(manifest) if node.name in BOOKKEEPING}
    children = {key: {*each} - idle for key, each in manifest.children.items()}
    for key, source in manifest.sources.items():
        reason = source.meta.unused if source.meta else None
        leads = reached(children, [key]) & public
        if reason is None:
            assert leads, f"{source.full_name} leads to no public model"
        else:
            assert not leads, f"{source.full_name} is used, though it says: {reason}"


def test_metrics_read_marts_only(manifest: Manifest) -> None:
    """A metric on an intermediate model could not be traced or queried by BI."""
    allowed = ("marts", "time_spine")
    for node in models(manifest, "metrics"):
        for key in parents(node, "model."):
            layer = manifest.models[key].layer
            assert layer in allowed, f"{node.path} reads {key}; read a mart"


def test_what_is_accepted_is_read_with_raw_rows_only(manifest: Manifest) -> None:
    """A build that skips takes it for a part of each raw table: join by `accepted_rows`."""
    for node in models(manifest):
        assert "accepted_files" not in node.code, node.path


def test_nothing_reads_audiences(manifest: Manifest) -> None:
    """Audiences are the end of the road; what two of them share belongs in governance."""
    for node in models(manifest):
        for key in parents(node, "model."):
            if manifest.models[key].layer == "audiences":
                assert node.layer == "audiences", f"{node.path} reads {key}"


def test_names_match_folders(manifest: Manifest) -> None:
    """A reader finds a model by its name, and knows by its name what it is."""
    for layer, pattern in PREFIXES.items():
        for node in models(manifest, layer):
            expected = pattern.format(folder=node.fqn[2])
            assert re.fullmatch(expected, node.name), (
                f"{node.path}: a model of {layer} is named {expected}"
            )


def test_intermediate_folders_are_few_and_a_subject_lies_in_one(manifest: Manifest) -> None:
    """A folder for one model is a name to learn that says nothing (decisions, H18).

    Remedy: lay it where the models lie that it is read with.
    """
    folders: dict[str, set[str]] = {}
    subjects: dict[str, set[str]] = {}
    for node in models(manifest, "intermediate"):
        subject = node.name.removeprefix("int_").partition("__")[0]
        folders.setdefault(node.fqn[2], set()).add(node.name)
        subjects.setdefault(subject, set()).add(node.fqn[2])
    assert len(folders) <= 15, f"{sorted(folders)}: join two"
    small = {folder: names for folder, names in folders.items() if len(names) < 3}
    assert small == {}, "join it to another folder"
    scattered = {subject: where for subject, where in subjects.items() if len(where) > 1}
    assert scattered == {}, "a subject lies in one folder"


def test_an_intermediate_table_with_one_reader_is_asked_by_itself(manifest: Manifest) -> None:
    """A step that one model takes and no test knows is read best where it is taken.

    What is read by Python, and views that put sources side by side, cannot go elsewhere.
    """
    asked = known_to_tests()
    for node in models(manifest, "intermediate"):
        readers = [
            manifest.models[key]
            for key in manifest.children[node.unique_id]
            if key in manifest.models
        ]
        if len(readers) == 1 and "python" not in {node.language, readers[0].language}:
            assert node.materialized == "view" or node.name in asked, (
                f"{node.path} has one reader, {readers[0].path}, and no test that names it; make "
                "it a CTE there, or hold it by a unit test with rows worked out by hand"
            )


def known_to_tests() -> set[str]:
    """Intermediate models that a unit test or a test names, otherwise than as an exception."""
    texts = [
        *(PROJECT_DIR / "dbt_project").rglob("*unit_tests.yml"),
        *(PROJECT_DIR / "dbt_project" / "tests").rglob("*.sql"),
        *(path for path in (PROJECT_DIR / "tests").rglob("*.py") if path.parent.name != "project"),
        *(PROJECT_DIR / "expectations").glob("*.py"),
    ]
    return {name for path in texts for name in re.findall(r"\bint_\w+", path.read_text())}


def test_public_models_keep_their_promises(manifest: Manifest) -> None:
    """What BI tools query has a shape, an owner and a key that is tested."""
    keyed = keys_by_tests(manifest)
    for node in models(manifest):
        if node.access != "public":
            continue
        where = node.path
        assert node.has_contract, f"{where}: enforce a contract (folders configure it)"
        assert node.group in manifest.groups, where
        assert node.unique_id in keyed, f"{where}: test its key with unique_combination"


def test_every_model_says_what_a_row_is_and_what_tells_rows_apart(manifest: Manifest) -> None:
    """Who joins a table has to know; whether it is so, a test asks of a warehouse."""
    stated, tested = keys_by_meta(manifest), keys_by_tests(manifest)
    for node in models(manifest):
        where = node.path
        said_by = [keys for keys in (stated, tested) if node.unique_id in keys]
        assert node.description.startswith("Grain: one row"), (
            f"{where}: describe it in the YAML beside it, from `Grain: one row per …` on"
        )
        assert len(said_by) > 0, (
            f"{where}: name the columns of its key in the YAML beside it, "
            "`config: {meta: {key: [columns]}}`; [] says that there is one row"
        )
        assert len(said_by) < 2, f"{where}: its test says its key; leave out `meta.key`"


def test_a_comment_says_the_grain_in_the_words_of_the_description(manifest: Manifest) -> None:
    """Of two grains that differ one is wrong, and nobody knows which; marts say more in theirs."""
    for node in models(manifest, "staging") + models(manifest, "intermediate"):
        head = GRAIN.search(node.code)
        if head:
            said = " ".join(head[1].replace("\n--", "").split()).rstrip('."')
            assert " ".join(node.description.split()).startswith(said), (
                f"{node.path} says `{said}`, its YAML `{node.description}`"
            )


def test_every_group_has_an_owner(manifest: Manifest) -> None:
    """A breach is somebody's to act on."""
    for group in manifest.groups.values():
        assert group.email, f"group {group.name} names no owner"


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


def unnamed_end(name: str, sql: str) -> bool:
    """Whether a model does not end with a CTE of its name, and a line that selects all of it."""
    return not (
        re.search(rf"^{name} as \($", sql, re.MULTILINE)
        and sql.endswith(f"\n)\n\nselect * from {name}\n")
    )


@pytest.mark.parametrize("layer", READ_LAYERS)
def test_the_last_cte_of_what_readers_query_bears_the_model_s_name(layer: str) -> None:
    """Who looks for the columns of a table finds them in one place."""
    faults = [
        path.name
        for path in SQL_FILES
        if f"/models/{layer}/" in str(path) and unnamed_end(path.stem, path.read_text())
    ]
    assert faults == [], "name the last CTE as the model, and end with `select * from <model>`"


def test_a_model_is_read_where_it_is_joined() -> None:
    """A CTE that does nothing but import is a second name for one table."""
    imports = {
        path.name: found for path in SQL_FILES if (found := RENAMED.findall(path.read_text()))
    }
    assert imports == {}, "read `ref` where the rows are needed"


def test_the_laws_of_sql_see_what_they_forbid() -> None:
    model = "with\n\n{} as (\n\n    select 1 as id\n\n)\n\nselect * from {}\n"
    assert not unnamed_end("fct_visits", model.format("fct_visits", "fct_visits"))
    assert unnamed_end("fct_visits", model.format("visits", "visits"))
    assert unnamed_end("fct_visits", model.format("fct_visits", "fct_visits limit 1"))
    imported = "visits as (\n\n    select {}\n    from {{{{ ref('fct_visits') }}}} as visits{}\n)"
    assert RENAMED.findall(imported.format("visits.*,", "")) == ["visits"]
    assert RENAMED.findall(imported.format("visits.customer_id,", "")) == []
    assert RENAMED.findall(imported.format("visits.*,", "\n    where is_paid")) == []


def test_only_settings_reads_the_environment() -> None:
    """One place tells what can be set."""
    reads = re.compile(r"os\.getenv|os\.environ\.get|os\.environ\[[^\]]+\](?!\s*=)|os\.environ \|")
    for path in sorted((PROJECT_DIR / "orchestration").rglob("*.py")):
        if path.name != "settings.py":
            found = reads.search(path.read_text())
            assert not found, f"{path} reads the environment ({found}); add a field to Settings"


def test_one_reader_reads_the_manifest() -> None:
    """What dbt calls a thing stands in one place; an upgrade that renames it is met there.

    Remedy: ask `read_manifest`; what it does not tell yet is a field of `orchestration/project`.
    """
    words = re.compile(r"child_map|parent_map|original_file_path|source_meta\"|\"(raw_code|fqn)\"")
    readers = {
        path.parent.name
        for folder in ("orchestration", "expectations", "benchmarks", "demo")
        for path in (PROJECT_DIR / folder).rglob("*.py")
        if words.search(path.read_text())
    }
    # Dagster's translator is handed dbt's own documents.
    assert readers - {"project"} == {"defs"}


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
