"""What must not be seen in a published file, and where it is seen all the same."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from orchestration.project.manifest import Manifest

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", re.IGNORECASE)
WORD = re.compile(r"\w+")
# Shorter ones are words and codes that stand in any text.
SHORTEST = 5
TEXTS = """
select table_schema, table_name, column_name from information_schema.columns
where data_type like '%VARCHAR%' or data_type = 'JSON' order by all
"""


@dataclass(frozen=True)
class Leak:
    """A cell that shows somebody, and what it shows."""

    column: str
    cell: str
    shown: str


@dataclass(frozen=True)
class Secrets:
    """Names and addresses of people and companies, and what people wrote."""

    names: set[str]
    texts: set[str]

    def without(self, own: str) -> Secrets:
        """Less the texts that stand in words of our own; names are never ours."""
        own = own.lower()
        return Secrets(self.names, {text for text in self.texts if text.lower() not in own})


def secrets_of(
    warehouse: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    persons: duckdb.DuckDBPyConnection,
) -> Secrets:
    """Of every raw column that says `pii`, and of the second file.

    Of columns of codes only what is no code, which the second file holds.
    """
    names = _cells(persons, "select name from persons union select name from companies")
    texts = _cells(persons, "select reason from reasons union select written from texts")
    for source in manifest.sources.values():
        for column, told in source.columns.items():
            meta = told.of_source
            if meta.pii in ("name", "email", "free_text") and meta.codes is None:
                kept = texts if meta.pii == "free_text" else names
                table = f'"{source.schema}"."{source.identifier}"'
                kept |= _cells(warehouse, f'select cast("{column}" as varchar) from {table}')
    return Secrets(names, texts)


def _cells(connection: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    rows = connection.execute(
        f"select distinct trim(cell) from ({query}) as told (cell) "
        f"where length(trim(cell)) >= {SHORTEST}"
    ).fetchall()
    return {cell for (cell,) in rows}


def leaks(published: duckdb.DuckDBPyConnection, secrets: Secrets) -> Iterator[Leak]:
    """Cells that hold an address, a name or a sentence, or are a word that somebody wrote."""
    sentences = {text for text in secrets.texts if len(WORD.findall(text)) > 1}
    begun = defaultdict(list)
    for secret in (text.lower() for text in secrets.names | sentences):
        if words := WORD.findall(secret):
            # From its first word on: what stands before it is no part of any word.
            begun[words[0]].append(secret[secret.index(words[0]) :])
    written = {text.lower() for text in secrets.texts}
    for schema, table, column in published.execute(TEXTS).fetchall():
        for (cell,) in published.execute(
            f'select distinct cast("{column}" as varchar) from "{schema}"."{table}" '
            f'where "{column}" is not null'
        ).fetchall():
            if shown := _shown(cell, begun, written):
                yield Leak(f"{schema}.{table}.{column}", cell, shown)


def _shown(cell: str, begun: dict[str, list[str]], written: set[str]) -> str | None:
    low = cell.lower()
    if low in written:
        return cell
    if address := EMAIL.search(cell):
        return address.group()
    for word in WORD.finditer(low):
        for secret in begun.get(word.group(), ()):
            end = word.start() + len(secret)
            is_whole = not low[end : end + 1].isalnum()
            if is_whole and low.startswith(secret, word.start()):
                return secret
    return None
