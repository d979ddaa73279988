"""What companies are called, where pages and notices may say it, and who owns what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from orchestration.company.folder import read_company

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestration.settings import Settings

ACCOUNT_OWNERS = "select account_owner, name from persons.account_owners"
QUERY = "select kind, company_id, name from persons.companies"
TEXTS = "select subject_id, field, written from persons.texts where subject = ?"


def company_names(settings: Settings) -> Mapping[tuple[str, str], str]:
    """Names by kind (customer, vendor) and id: none unless the company shows them."""
    return {(kind, company): name for kind, company, name in _ask_shown(settings, QUERY)}


def account_owner_names(settings: Settings) -> Mapping[str, str]:
    """Names of those to whom the CRM gives accounts, by the hash that is published of them.

    None unless the company shows names.
    """
    return {owner: name for owner, name in _ask_shown(settings, ACCOUNT_OWNERS)}


def owner_names(settings: Settings) -> Mapping[str, str]:
    """Who stands behind a role, as the company's `owners.csv` says; none where it says nobody."""
    rows = read_company(settings).contents["owners"].rows
    return {row.cells["owner_role"]: row.cells["person"] for row in rows if row.cells["person"]}


def written_texts(settings: Settings, subject: str) -> Mapping[tuple[str, str], str]:
    """What was written of records of a subject, by id and field; none to whom may not read it."""
    try:
        with duckdb.connect(str(settings.persons_path), read_only=True) as connection:
            rows = connection.execute(TEXTS, [subject]).fetchall()
    except duckdb.Error:
        return {}
    return {(subject_id, field): written for subject_id, field, written in rows}


def _ask_shown(settings: Settings, query: str) -> list[tuple[str, ...]]:
    """Rows of the second file; none unless the company shows names."""
    is_shown = settings.show_names or read_company(settings).profile.show_names
    if not (is_shown and settings.persons_path.exists()):
        return []
    with duckdb.connect(str(settings.persons_path), read_only=True) as connection:
        return connection.execute(query).fetchall()
