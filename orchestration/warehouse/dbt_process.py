"""dbt as a process of its own that starts from a project which was parsed before.

dbt reads its own files again at each start, and writes the manifest, the semantic manifest and
an interchange document that nobody reads: 8 s of a small refresh's CPU. Here the parsed project
is a pickle beside the manifest. It is parsed anew when a file of the project has changed; see
`dbt_project.prepare_manifest`. Everything else is dbt's own.

Run as `python -m orchestration.warehouse.dbt_process …` or `drivewheel-dbt …`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pickle
import select
import sys
from typing import TYPE_CHECKING, Any

from orchestration.company import CompanyError
from orchestration.files import write_whole
from orchestration.garbage import collect_seldom, leave
from orchestration.project.dbt_internals import (
    ask_what_is_logged_by_name,
    drop_debug_events,
    look_for_cycles_where_there_are,
    look_for_with_in_words_alone,
    match_relations_by_name,
    render_plain_strings_at_once,
    share_empty_tables,
    write_what_changed,
)
from orchestration.project.manifest import MANIFEST, read_manifest
from orchestration.settings import MEMORY_LIMIT, PROJECT_DIR, load_settings
from orchestration.warehouse import alone, compiled, skip
from orchestration.warehouse.compiled import CompiledNodes
from orchestration.warehouse.dbt_project import (
    PARSED_IN,
    STAMP,
    DbtParseError,
    accept_parsed,
    prepare_environment,
    prepare_manifest,
    prune_partial_parse,
)

if TYPE_CHECKING:
    from pathlib import Path

PARSED = "parsed.pickle"
WAIT = "--wait-for-arguments"
# The same for a project that will have changed by then.
WAIT_TO_PARSE = "--wait-to-parse"
# Said when the project has been parsed, by a process that goes on.
PARSED_NOW = "parsed"
PARSE_FIRST = "--parse-first"
# The last argument, with the name of the model that is built last.
WHAT_CHANGED = "--what-changed="
PASSED, FAILED, UNUSABLE = 0, 1, 2
# dbt parses every file again where the profile's variables are not those of before; what it
# parses is the same for every home.
_OF_NO_HOME = {
    "DRIVEWHEEL_HOME": ".drivewheel",
    "DRIVEWHEEL_MEMORY_LIMIT": MEMORY_LIMIT,
    "DRIVEWHEEL_THREADS": "2",
}


def main() -> None:
    """Run dbt with the arguments of the command line; exits as dbt does."""
    # Started by hand it finds home and company by itself; else it was told.
    if "DRIVEWHEEL_SEEDS" not in os.environ:
        try:
            settings = load_settings()
            prepare_environment(settings)
            if not _is_parsing(sys.argv[1:]):
                # What was parsed before may be another state of the project.
                prepare_manifest(settings)
        except (CompanyError, DbtParseError) as error:
            print(error, file=sys.stderr)
            raise SystemExit(UNUSABLE) from None
    leave(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run dbt on the project as parsed; gives its exit code.

    `parse` parses and keeps the result for the others, `PARSE_FIRST` does so and goes on with the
    arguments after it; `WAIT` and `WAIT_TO_PARSE` wait for the arguments as a line of JSON on the
    standard input, and end where there comes none. Of a build `WHAT_CHANGED` looks only at what
    changed code reaches since what is there was built: all that there is to do where data are
    those of then.
    """
    # What is imported and parsed stays to the end; the collector would look through all of it
    # again and again, in vain.
    gc.disable()
    import dbt.cli.main  # noqa: F401 - before the collector is asked again

    drop_debug_events()
    render_plain_strings_at_once()
    share_empty_tables()
    look_for_cycles_where_there_are()
    look_for_with_in_words_alone()
    ask_what_is_logged_by_name()
    match_relations_by_name()
    write_what_changed()
    settings = load_settings()
    target = settings.target_dir
    told: list[str] | None
    if arguments == [WAIT_TO_PARSE]:
        warm_up()
        gc.freeze()
        if (told := _told()) is None:
            return PASSED
        arguments = told
        # The company's tables may be others too.
        prepare_environment(settings)
    if _is_parsing(arguments):
        collect_seldom()
        parsed = _parse(["--quiet", "parse"] if arguments[0] == PARSE_FIRST else arguments, target)
        prepare_environment(settings)
        if arguments[0] != PARSE_FIRST or not parsed.success:
            return _code(parsed)
        manifest, arguments = parsed.result, arguments[1:]
        from orchestration.semantic.compiler import SemanticError

        try:
            accept_parsed(settings)
        except (CompanyError, SemanticError) as error:
            print(error, file=sys.stderr)
            return UNUSABLE
        if arguments == [WAIT]:
            print(PARSED_NOW, flush=True)
    else:
        manifest = _parsed(target)
    if arguments == [WAIT]:
        warm_up()
        _compile_ahead(target)
        gc.freeze()
        if (told := _told()) is None:
            return PASSED
        arguments = told
    collect_seldom()
    return _code(_invoke(arguments, manifest, target))


def _told() -> list[str] | None:
    """The arguments that this was started to wait for; None where there come none."""
    line = sys.stdin.readline()
    return json.loads(line) if line else None


def _is_parsing(arguments: list[str]) -> bool:
    return "parse" in arguments or arguments[:1] == [PARSE_FIRST]


def _parse(arguments: list[str], target: Path) -> Any:  # noqa: ANN401 - dbt's result
    """Parse what changed, whichever home asks, and keep it."""
    from dbt.cli.main import dbtRunner

    os.environ.update(_OF_NO_HOME)
    prune_partial_parse(target)
    result = dbtRunner().invoke(arguments)
    if result.success:
        write_whole(target / PARSED_IN, str(PROJECT_DIR))
        _keep(target / PARSED, result.result)
    return result


def _invoke(arguments: list[str], manifest: Any, target: Path) -> Any:  # noqa: ANN401 - dbt's own
    """Run dbt on a parsed project; None has it parse itself."""
    from dbt.cli.main import dbtRunner

    engine = _engine()
    nodes = skip.Nodes(target / skip.FILE, is_skipping=skip.is_asked_for(arguments))
    is_whole = skip.is_whole(arguments)
    asked = [each for each in arguments if not each.startswith(WHAT_CHANGED)]
    if is_whole and manifest is not None:
        project = read_manifest(target / MANIFEST)
        nodes.read(project)
        if len(asked) < len(arguments):
            until = arguments[-1].removeprefix(WHAT_CHANGED)
            for key in nodes.reached(project, until=until):
                manifest.nodes[key].tags.append(skip.REACHED)
            asked += ["--select", f"tag:{skip.REACHED}"]
    alone.install()
    if is_whole:
        # Of a part nothing is skipped, and to look at all that it reads costs more than it.
        skip.install(nodes)
    stamp = target / STAMP
    compiled_nodes = CompiledNodes(
        target / compiled.FILE, stamp.read_text() if stamp.exists() else ""
    )
    if manifest is not None and compiled_nodes.project:
        # Of a project that dbt parses itself nobody knows whether it is the one of before.
        compiled_nodes.install()
    results = target / "run_results.json"
    # What is there after a crash is not of this invocation.
    results.unlink(missing_ok=True)
    try:
        result = dbtRunner(manifest=manifest).invoke(["--no-write-json", *asked])
    finally:
        if engine is not None:
            engine.close()
    if hasattr(result.result, "write"):
        partial = results.with_suffix(".partial")
        result.result.write(str(partial))
        partial.replace(results)
    if is_whole:
        nodes.save()
    compiled_nodes.save()
    return result


def _engine() -> Any:  # noqa: ANN401 - of a package that nobody else waits for
    """Spark, installed, where the settings ask for it; None where DuckDB computes."""
    settings = load_settings()
    if settings.engine == "duckdb":
        return None
    from orchestration.spark.engine import SparkEngine, SparkEngineError
    from orchestration.spark.lake import LakeError

    try:
        engine = SparkEngine(
            settings.home_dir / "spark",
            lake=settings.lake_location,
            cores=settings.threads,
            master=settings.spark_master,
        )
        # Before what skips: what is unchanged is asked of nobody.
        engine.install()
    except (LakeError, SparkEngineError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(UNUSABLE) from None
    return engine


def _code(result: Any) -> int:  # noqa: ANN401 - dbt's result
    """The exit code of what dbt did; what kept it from doing anything is told."""
    if result.exception is not None:
        print(result.exception, file=sys.stderr)
        return UNUSABLE
    return PASSED if result.success else FAILED


def warm_up() -> bool:
    """Do what every invocation does first, while nobody waits for it; whether there was a project.

    Listing nothing reads the project, makes its graph and the classes that dbt makes as it
    goes; it opens no warehouse. What metrics read is read too.
    """
    from dbt.cli.main import dbtRunner

    # What Python models of every company import: half a second.
    import orchestration.statistics.activity_tables
    import orchestration.statistics.outlook_tables  # noqa: F401
    from orchestration.semantic.compiler import SemanticError
    from orchestration.semantic.materialize import read_ahead

    target = load_settings().target_dir
    manifest = _parsed(target)
    if manifest is None:
        return False
    nothing = ["--quiet", "--no-write-json", "list", "--select", "tag:nothing_has_this"]
    dbtRunner(manifest=manifest).invoke(nothing)
    # What is wrong with a metric is told by the model that asks for it.
    with contextlib.suppress(SemanticError):
        read_ahead(target)
    return True


def _compile_ahead(target: Path) -> None:
    """Compile what metrics will ask for, as far as that goes before the arguments come."""
    from orchestration.semantic.compiler import SemanticError
    from orchestration.semantic.materialize import compile_ahead

    def is_told() -> bool:
        return bool(select.select([sys.stdin], [], [], 0)[0])

    # What is wrong with a metric is told by the model that asks for it.
    with contextlib.suppress(SemanticError):
        compile_ahead(target, until=is_told)


def _parsed(target: Path) -> Any:  # noqa: ANN401 - dbt's manifest
    """What `parse` kept; None has dbt parse."""
    kept = target / PARSED
    # Written by this module, in a folder of ours.
    return pickle.loads(kept.read_bytes()) if kept.exists() else None  # noqa: S301


def _keep(path: Path, manifest: object) -> None:
    write_whole(path, pickle.dumps(manifest, protocol=pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    main()
