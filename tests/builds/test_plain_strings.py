"""Strings of YAML that are no templates are read as dbt reads them, without a template each."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration.project.dbt_internals import render_plain_strings_at_once


@pytest.mark.parametrize(
    "text",
    [
        "Grain: one row per customer.",
        "1",
        "0.10",
        "2026-06-30",
        "[1, 'a']",
        "{a, b}",
        "{'a'}",
        "None",
        "'quoted'",
        "two\nlines",
        "a last line break\n",
        "a\r\nb",
        " ",
        "",
        "(",
    ],
)
def test_a_string_without_a_template_is_what_a_template_of_it_gives(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    from dbt.clients import jinja

    known: dict[str, Any] = {}
    monkeypatch.setattr(jinja, "_render_cache", known)
    expected = jinja.get_rendered(text, {}, native=True)
    render_plain_strings_at_once()
    assert jinja._render_cache is not known
    monkeypatch.setattr(jinja, "get_template", _only_of_templates(jinja.get_template))
    rendered = jinja.get_rendered(text, {}, native=True)
    assert (rendered, type(rendered)) == (expected, type(expected))


def _only_of_templates(make: Any) -> Any:
    def get_template(text: str, *others: Any, **named: Any) -> Any:
        assert not text or "\r" in text or text.endswith("\n"), f"a template of {text!r}"
        return make(text, *others, **named)

    return get_template
