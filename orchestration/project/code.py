"""When code has changed: what it says is another, without its comments and its layout.

Whether a node is built again, a metric is defined otherwise, incremental models begin anew and
a run has anything to do is asked here, and so answered alike. What has a description in YAML is
published with it: of YAML every byte counts.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Texts and names in quotes are kept as they are; comments are SQL's and Jinja's.
_LAYOUT = re.compile(r"('(?:[^']|'')*'|\"[^\"]*\")|(?:--[^\n]*|/\*.*?\*/|\{#.*?#\}|\s)+", re.DOTALL)
# What a configuration says for readers, and nothing that is built follows from.
_FOR_READERS = ("meta", "docs", "tags")


def plain_sql(text: str) -> str:
    """SQL, or a template of it, without comments and layout."""
    return _LAYOUT.sub(lambda found: found[1] or " ", text).strip()


def plain_python(text: str) -> str:
    """What Python's parser makes of a module; one that it refuses as it is written."""
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return text


def code_text(
    code: str,
    columns: Iterable[tuple[str, str | None]],
    config: Mapping[str, Any],
) -> str:
    """What decides what a node makes, beside its inputs.

    Args:
        code: Its code without comments and layout, or the checksum of a table's file.
        columns: Names and types of its columns, as they are declared.
        config: Its configuration.
    """
    asked = {name: value for name, value in config.items() if name not in _FOR_READERS}
    return json.dumps([code, list(columns), asked], sort_keys=True, default=str)


def digest(parts: Iterable[str], length: int = 64) -> str:
    """A hash of texts in their order, in so many hexadecimal digits."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:length]
