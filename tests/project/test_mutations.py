"""A law over the bugs that `make mutate` plants: code that moves away from one lets it rot."""

from __future__ import annotations

import pytest

from orchestration.settings import PROJECT_DIR
from tests.mutate.__main__ import planted
from tests.mutate.mutations import MUTATIONS, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[each.name for each in MUTATIONS])
def test_every_bug_can_be_planted(mutation: Mutation) -> None:
    text = (PROJECT_DIR / mutation.file).read_text(encoding="utf-8")
    assert planted(text, mutation) != text
