"""What counts as a change: another expression, never a comment or the layout of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.lineage.project import project_digest
from orchestration.project.code import plain_python, plain_sql
from orchestration.project.manifest import Manifest
from orchestration.project.plain_hashes import plain_hashes
from orchestration.semantic.fingerprint import build_fingerprints
from orchestration.settings import PROJECT_DIR
from orchestration.warehouse import dbt_project
from orchestration.warehouse.dbt_project import (
    PARSED_IN,
    PARTIAL,
    incremental_fingerprint,
    prune_partial_parse,
)

# Incremental, and before the metrics of users and no others.
MODEL = "int_product__user_days"
COMMENTED = "-- It's why.\n{# And \"how. #}\n\n"


def with_said(manifest: Manifest, section: str, key: str, **said: Any) -> Manifest:
    """A manifest of which one part says something else."""
    parts = manifest.document[section]
    return Manifest({**manifest.document, section: {**parts, key: {**parts[key], **said}}})


def with_code(manifest: Manifest, name: str, code: str) -> Manifest:
    """A manifest with other code in the file of a model."""
    key = manifest.model(name).unique_id
    checksum = {"name": "sha256", "checksum": code}
    return with_said(manifest, "nodes", key, raw_code=code, checksum=checksum)


def redefined(before: Manifest, after: Manifest) -> set[str]:
    """The metrics whose fingerprints differ."""
    known = build_fingerprints(before)
    return {name for name, found in build_fingerprints(after).items() if found != known[name]}


def test_a_changed_comment_leaves_metrics_and_incremental_models(manifest: Manifest) -> None:
    code = manifest.model(MODEL).code
    commented = with_code(manifest, MODEL, COMMENTED + code)
    assert redefined(manifest, commented) == set()
    assert incremental_fingerprint(commented) == incremental_fingerprint(manifest)


def test_a_changed_expression_redefines_what_descends_from_it(manifest: Manifest) -> None:
    code = manifest.model(MODEL).code
    changed = with_code(manifest, MODEL, f"{code}\nlimit 1")
    after = manifest.after(manifest.model(MODEL).unique_id)
    reached = {metric.name for metric in manifest.metrics.values() if metric.unique_id in after}
    assert "mrr" not in reached
    assert len(reached) > 3
    assert redefined(manifest, changed) == reached
    assert incremental_fingerprint(changed) != incremental_fingerprint(manifest)


def test_a_macro_and_a_table_count_as_models_do(manifest: Manifest) -> None:
    key = "macro.drivewheel.as_mrr"
    sql = manifest.macros[key].sql
    commented = with_said(manifest, "macros", key, macro_sql=COMMENTED + sql)
    assert redefined(manifest, commented) == set()
    assert incremental_fingerprint(commented) == incremental_fingerprint(manifest)
    changed = with_said(manifest, "macros", key, macro_sql=sql.replace("decimal", "double"))
    assert "mrr" in redefined(manifest, changed)
    assert "mrr" in redefined(manifest, with_code(manifest, "fx_rates", "of another file"))


def test_lineage_is_worked_out_again_for_columns_and_not_for_rows_of_tables(
    manifest: Manifest,
) -> None:
    before = project_digest(manifest)
    assert project_digest(with_code(manifest, "metric_targets", "of another file")) == before
    code = manifest.model(MODEL).code
    assert project_digest(with_code(manifest, MODEL, f"{code}\nlimit 1")) != before
    for section, key in (
        ("nodes", manifest.model("metric_targets").unique_id),
        ("sources", "source.drivewheel.stripe.invoice"),
    ):
        columns = manifest.document[section][key]["columns"]
        added = {**columns, "more": {"name": "more", "data_type": "varchar"}}
        assert project_digest(with_said(manifest, section, key, columns=added)) != before, key


def test_words_for_readers_define_nothing_and_types_do(manifest: Manifest) -> None:
    key = manifest.semantic_models["customers"].unique_id
    said = manifest.document["semantic_models"][key]["dimensions"]
    described = [{**dimension, "description": "Another."} for dimension in said]
    assert (
        redefined(manifest, with_said(manifest, "semantic_models", key, dimensions=described))
        == set()
    )
    model = manifest.model("fct_mrr_balances").unique_id
    columns = manifest.document["nodes"][model]["columns"]
    for word, is_redefined in ("description", False), ("data_type", True):
        other = {name: {**column, word: "other"} for name, column in columns.items()}
        found = redefined(manifest, with_said(manifest, "nodes", model, columns=other))
        assert ("mrr" in found) == is_redefined, word


@pytest.mark.parametrize(
    ("file", "text", "is_same"),
    [
        ("a.sql", "-- Why.\nselect 1", True),
        ("a.sql", "select 2", False),
        ("b.py", "x = 1  # why", True),
        ("b.py", "x = 2", False),
        # What it describes is published.
        ("c.yml", "a: 1  # why", False),
    ],
)
def test_the_state_of_the_code_knows_no_comments(
    file: str, text: str, is_same: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbt_project, "PROJECT_DIR", tmp_path)
    files = {"a.sql": "select 1", "b.py": "x = 1", "c.yml": "a: 1"}

    def state(**changed: str) -> str:
        for name, content in {**files, **changed}.items():
            (tmp_path / name).write_text(content)
        # Past its cache, which knows the files of before.
        return dbt_project._hash_of.__wrapped__(tuple(files), is_plain=True)

    assert (state(**{file: text}) == state()) == is_same


def test_a_hash_is_kept_by_the_bytes_of_its_file_whatever_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, module, table = tmp_path / "kept.json", tmp_path / "a.py", tmp_path / "b.csv"
    read: list[str] = []
    plain = "orchestration.project.plain_hashes._PLAIN"
    monkeypatch.setattr(plain, {".py": lambda text: read.append(text) or text.strip()})
    table.write_text("1")
    module.write_text("x = 1")
    first = plain_hashes([module, table], kept)
    assert plain_hashes([module, table], kept) == first
    assert read == ["x = 1"]
    module.write_text("x = 2")
    second = plain_hashes([module, table], kept)
    assert second[0] != first[0]
    module.write_text("x = 1\n")
    assert plain_hashes([module, table], kept) == first
    assert read == ["x = 1", "x = 2", "x = 1\n"]
    # What another reader has made of it, and what is no file of ours, says nothing.
    for held in ('{"readers": "others", "hashes": {}}', "[]", "no JSON"):
        kept.write_text(held)
        read.clear()
        assert plain_hashes([module, table], kept) == first
        assert read == ["x = 1\n"]


@pytest.mark.parametrize(
    ("text", "is_same"),
    [
        ("x = 1\n\n\ny = '# 2'  # why", True),
        ("x = (\n    1\n)\ny = '# 2'", True),
        ("x = 1\ny = '#  2'", False),
        ("x = 2\ny = '# 2'", False),
    ],
)
def test_python_is_what_its_parser_makes_of_it(text: str, is_same: bool) -> None:
    assert (plain_python(text) == plain_python("x = 1\ny = '# 2'")) == is_same


def test_what_is_quoted_is_no_comment() -> None:
    assert plain_sql("select '-- a', \"/* b */\"  from {{ ref('c') }}{# it's d #}") == (
        "select '-- a', \"/* b */\" from {{ ref('c') }}"
    )
    assert plain_python("def (") == "def ("


@pytest.mark.parametrize(
    ("parsed_in", "is_gone_on_from"),
    [(str(PROJECT_DIR), True), ("/opt/an-older-release", False), (None, False)],
)
def test_dbt_goes_on_only_from_what_this_checkout_parsed(
    tmp_path: Path, parsed_in: str | None, is_gone_on_from: bool
) -> None:
    """What is kept of an unchanged table says in which checkout it lies."""
    (tmp_path / PARTIAL).write_text("parsed")
    if parsed_in:
        (tmp_path / PARSED_IN).write_text(parsed_in)
    prune_partial_parse(tmp_path)
    assert (tmp_path / PARTIAL).exists() == is_gone_on_from
