"""What the house takes of its tools beyond what they document: in one module each, by release.

A tool that is upgraded fails here first, with what to look at. Nothing is imported for it.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distribution, version
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_DIR


@dataclass(frozen=True)
class Internals:
    """What one module takes of a tool.

    Attributes:
        module: The module.
        releases: By distribution, the release that it was written for.
        names: By file of the distribution, the words in it that the module needs.
        tests: What proves that it still works.
    """

    module: str
    releases: Mapping[str, str]
    names: Mapping[str, str]
    tests: str


INTERNALS = (
    Internals(
        "orchestration/semantic/compiler.py",
        {"metricflow": "0.213.0", "dbt-metricflow": "0.15.0"},
        {
            "metricflow/engine/metricflow_engine.py": "MetricFlowEngine MetricFlowQueryRequest "
            "create explain semantic_manifest_lookup sql_client sql_statement",
            "metricflow/protocols/sql_client.py": "SqlEngine DUCKDB sql_engine_type "
            "sql_plan_renderer query execute dry_run close render_bind_parameter_key",
            "metricflow/sql/render/duckdb_renderer.py": "DuckDbSqlPlanRenderer",
            "metricflow_semantics/model/dbt_manifest_parser.py": "manifest_json_string "
            "parse_manifest_from_dbt_generated_manifest",
            "metricflow_semantics/model/semantic_manifest_lookup.py": "SemanticManifestLookup",
            "metricflow_semantics/dag/sequential_id.py": "_IdGenerationStateStack "
            "get_current_state SequentialIdGenerator create_next_id SequentialId "
            "default_start_value prefix_to_next_value",
        },
        "tests/semantic",
    ),
    Internals(
        "orchestration/project/dbt_internals.py",
        {"dbt-core": "1.12.0", "dbt-common": "1.39.0", "dbt-adapters": "1.24.5"},
        {
            "dbt/flags.py": "get_flags",
            "dbt/compilation.py": "Compiler _compile_code extra_context "
            "Linker find_cycles graph nx inject_ctes_into_sql sqlparse parse",
            "dbt/adapters/factory.py": "get_adapter",
            "dbt/task/run.py": "ModelRunner execute",
            "dbt/task/test.py": "TestRunner execute",
            "dbt/contracts/graph/nodes.py": "UnitTestDefinition write_file",
            "dbt/artifacts/schemas/results.py": "RunStatus TestStatus Pass Success",
            "dbt/artifacts/schemas/run/v5/run.py": "RunResult",
            "dbt_common/events/base_types.py": "DebugLevel PROTO_TYPES_MODULE pb_msg",
            "dbt_common/events/event_manager.py": "EventManager fire_event",
            "dbt_common/events/contextvars.py": "_context_vars get_contextvars Ellipsis",
            "dbt/adapters/base/impl.py": "BaseAdapter _make_match relations_list",
            "dbt/clients/jinja.py": "_render_cache get_rendered native",
            "dbt_common/clients/jinja.py": "quoted_native_concat",
            "dbt_common/clients/agate_helper.py": "empty_table build_type_tester",
        },
        "tests/builds",
    ),
    Internals(
        "orchestration/defs/dagster_internals.py",
        {"dagster": "1.13.27"},
        {
            "dagster/_core/definitions/unresolved_asset_job_definition.py": "define_asset_job "
            "UnresolvedAssetJobDefinition",
            "dagster/_core/execution/context/system.py": "StepExecutionContext "
            "get_output_asset_keys",
            "dagster/_core/execution/context/data_version_cache.py": "DataVersionCache _context "
            "_fetch_asset_records _get_input_asset_event _check_input_asset_event",
            "dagster/_core/remote_origin.py": "ManagedGrpcPythonEnvCodeLocationOrigin "
            "RemoteRepositoryOrigin get_job_origin",
            "dagster/_core/types/loadable_target_origin.py": "LoadableTargetOrigin",
            "dagster/_core/instance/methods/run_methods.py": "create_run_for_job remote_job_origin",
            "dagster/_core/storage/event_log/sqlite/sqlite_event_log.py": "INDEX_SHARD_NAME "
            "SqliteEventLogStorage _connect _db_lock _base_dir _initdb _initialized_dbs "
            "has_table store_event",
            "dagster/_core/storage/event_log/base.py": "store_event_batch AssetRecord",
            "dagster/_core/events/__init__.py": "DagsterEventType event_specific_data "
            "step_output_data",
            "dagster/_core/execution/plan/outputs.py": "StepOutputData NamedTuple metadata",
            "dagster/_core/storage/event_log/sql_event_log.py": "has_asset_key_col "
            "_has_asset_key_col_on_connection has_secondary_index _store_asset_event "
            "serialize_value",
            "dagster/_core/storage/sqlite.py": "create_db_conn_string",
            "dagster/_serdes/__init__.py": "ConfigurableClassData",
        },
        "tests/orchestration",
    ),
    Internals(
        "orchestration/defs/dagster_dbt_internals.py",
        {"dagster-dbt": "0.29.27", "dagster-shared": "1.13.27"},
        {
            "dagster_shared/libraries/__init__.py": "DagsterLibraryRegistry _libraries register",
            "dagster_dbt/asset_utils.py": "build_dbt_specs DAGSTER_DBT_UNIQUE_ID_METADATA_KEY "
            "DBT_DEFAULT_SELECT DBT_DEFAULT_EXCLUDE DBT_DEFAULT_SELECTOR",
            "dagster_dbt/compat.py": "dbt.version ImportError NodeStatus",
            "dagster_dbt/utils.py": "DBT_PYTHON_VERSION _is_select_all",
            "dagster_dbt/core/resource.py": "DbtCliResource _cli_version "
            "_initialize_dbt_core_adapter",
            "dagster_dbt/core/dbt_cli_invocation.py": "DbtCliInvocation process cli_version",
        },
        "tests/orchestration",
    ),
    Internals(
        "expectations/runner.py",
        {"great_expectations": "1.24.1"},
        {
            "great_expectations/data_context/types/base.py": "ProgressBarsConfig",
            "great_expectations/datasource/fluent/sql_datasource.py": "QueryAsset assets "
            "get_execution_engine get_engine",
            "great_expectations/datasource/fluent/interfaces.py": "_datasource",
        },
        "tests/expectations",
    ),
)
# What is documented, though it does not stand in the package itself.
DOCUMENTED = {"dbt.cli.main", "great_expectations.expectations"}
TOOLS = {
    "metricflow",
    "metricflow_semantics",
    "dbt",
    "dbt_common",
    "dagster",
    "dagster_dbt",
    "great_expectations",
}


def undocumented(text: str) -> Iterator[str]:
    """What code imports of the tools that they do not document."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            private = [f".{alias.name}" for alias in node.names if alias.name.startswith("_")]
            names = [f"{node.module}{name}" for name in private or [""]]
        else:
            continue
        for name in names:
            tool = name.split(".")[0]
            is_public = name in DOCUMENTED or (name == tool and not tool.startswith("metricflow"))
            if tool in TOOLS and not is_public:
                yield name


@pytest.mark.parametrize("taken", INTERNALS, ids=lambda taken: Path(taken.module).stem)
def test_a_tool_is_of_the_release_that_its_internals_are_taken_of(taken: Internals) -> None:
    found = {name: version(name) for name in taken.releases}
    assert found == taken.releases, (
        f"{taken.module} takes what is not documented of {taken.releases}: look whether it is "
        f"the same in {found}, run {taken.tests}, and write the release here"
    )


@pytest.mark.parametrize("taken", INTERNALS, ids=lambda taken: Path(taken.module).stem)
def test_what_is_taken_is_there(taken: Internals) -> None:
    for name, words in taken.names.items():
        paths = (Path(str(distribution(each).locate_file(name))) for each in taken.releases)
        file = next((path for path in paths if path.is_file()), None)
        assert file, f"{name} is gone: look for what {taken.module} takes of it, {words}"
        text = file.read_text()
        gone = [word for word in words.split() if not re.search(rf"\b{word}\b", text)]
        assert not gone, f"{name} has no {gone} any more: look at {taken.module}"


def test_each_tool_s_internals_are_touched_in_one_module() -> None:
    """Remedy: move it into the module that INTERNALS names, or use what is documented."""
    found: dict[str, set[str]] = defaultdict(set)
    for folder in ("orchestration", "expectations", "demo", "benchmarks", "dbt_project"):
        for path in (PROJECT_DIR / folder).rglob("*.py"):
            for name in undocumented(path.read_text()):
                found[name.split(".")[0]].add(str(path.relative_to(PROJECT_DIR)))
    modules = {module for touched in found.values() for module in touched}
    assert all(len(touched) == 1 for touched in found.values()), dict(found)
    assert modules == {taken.module for taken in INTERNALS}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import dagster as dg\nfrom dagster import AssetKey", []),
        ("from dagster._core.events import log", ["dagster._core.events"]),
        ("from dagster import _utils", ["dagster._utils"]),
        ("def f():\n    from dbt.task.run import ModelRunner", ["dbt.task.run"]),
        ("from dbt.cli.main import dbtRunner", []),
        ("import metricflow", ["metricflow"]),
        ("import great_expectations.expectations as gxe", []),
        ("import great_expectations.core", ["great_expectations.core"]),
    ],
)
def test_the_law_sees_what_it_forbids(text: str, names: list[str]) -> None:
    assert [*undocumented(text)] == names
