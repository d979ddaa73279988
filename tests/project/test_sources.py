"""Laws over what sources declare: one place for each source, and nothing of it elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestration.landing.contract import load_declared
from orchestration.landing.declared import Billing, Reconciliation, Timeline
from orchestration.project.manifest import Manifest
from orchestration.settings import PROJECT_DIR, STAGING_DIR
from tests.oracles.landing import BILLING

DECLARED = load_declared(STAGING_DIR)
ROLES: dict[str, Billing] = {
    name: meta.billing for name, meta in DECLARED.sources.items() if meta.billing
}
MATCHED_BY = {"account": "app_account_id", "domain": "domain"}


def file_of(source: str) -> Path:
    return STAGING_DIR / source / f"_{source}__sources.yml"


def models_of(roles: Billing) -> list[str]:
    """Every staging model that a billing source names in its roles."""
    found = [roles.identities.customers]
    for role in (*Timeline.model_fields, *Reconciliation.model_fields):
        said = getattr(roles.timeline, role, None) or getattr(roles.reconciliation, role, None)
        found += [said] if isinstance(said, str) else said or ()
    return found


def test_every_object_says_how_its_rows_are_traced() -> None:
    """A number that cannot be followed to a file is nobody's.

    Remedy: `trace: [{model: …, keys: [column]}]` beside the object, or `not_traced: why`.
    """
    for (source, name), meta in DECLARED.objects.items():
        said = bool(meta.trace) + bool(meta.not_traced)
        assert said == 1, f"{file_of(source)}: {name} says `trace` or `not_traced`, one of them"


def test_every_model_that_a_source_names_exists(manifest: Manifest) -> None:
    """What is misspelt would be missing from the graph, or fail the build without its file."""
    known = {model.name for model in manifest.models.values()}
    for (source, name), meta in DECLARED.objects.items():
        named = {model for trace in meta.trace for model in (trace.model, *trace.join)}
        named |= {meta.currency.model} if meta.currency else set()
        assert named <= known, f"{file_of(source)}: {name} names {named - known}"


@pytest.mark.parametrize("source", ROLES)
def test_a_billing_source_fills_its_roles_itself(source: str, manifest: Manifest) -> None:
    """Remedy: name staging models of its own folder, with the columns of the role."""
    roles = ROLES[source]
    folder = {path.stem: path.read_text() for path in (STAGING_DIR / source).glob("*.sql")}
    for model in models_of(roles):
        assert model in folder, f"{file_of(source)}: {model} is none of its staging models"
    if roles.segments:
        assert f"model.drivewheel.{roles.segments}" in manifest.models, file_of(source)
    customers = folder[roles.identities.customers]
    for way, column in MATCHED_BY.items():
        has_column = bool(re.search(rf"\b{column},", customers))
        assert has_column == (way in roles.identities.matched_by), (
            f"{file_of(source)}: identities are matched by {way} where "
            f"{roles.identities.customers} has the column {column}, and nowhere else"
        )


@pytest.mark.parametrize("source", ROLES)
def test_what_a_billing_source_makes_of_its_rows_is_tested(source: str) -> None:
    """Remedy: a test that asks what its customers pay, worked out by hand or by the oracle."""
    path = PROJECT_DIR / ROLES[source].tested_by
    assert path.is_file(), f"{file_of(source)}: tested_by names no file: {path}"
    assert source in path.read_text() or source in BILLING, (
        f"{path} does not name {source}, and the oracle does not read it"
    )


def test_no_model_names_a_billing_source_but_its_own() -> None:
    """What reads one source alone forgets the next. Remedy: `int_billing__…`, or `declared`."""
    own = {roles.segments: source for source, roles in ROLES.items() if roles.segments}
    found = [
        f"{path.relative_to(PROJECT_DIR)} names {source}"
        for folder in ("dbt_project", "orchestration", "expectations")
        for path in sorted((PROJECT_DIR / folder).rglob("*"))
        if path.suffix in (".sql", ".py") and STAGING_DIR not in path.parents
        for source in ROLES
        if re.search(rf"\bstg_{source}__|['\"]{source}['\"]", path.read_text())
        and own.get(path.stem) != source
    ]
    assert found == []
