"""Readouts of the health score as a table: what one of dbt's Python models returns.

Whoever imports this loads numpy: dbt's models do so when they run.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import numpy as np

from orchestration.statistics.comparisons import compare_scores
from orchestration.warehouse.relations import make_table

_READOUTS = (
    "fold date, reading_count integer, left_count integer, standing_auc double, "
    "proposed_auc double, gain double, gain_lower double, gain_upper double, "
    "proposal_count integer, verdict varchar"
)
# Digits beyond which the order of sums may tell.
_DIGITS = 9


def materialize_health_readouts(connection: Any, *, scores: Any) -> Any:  # noqa: ANN401
    """A row per day after which some left and some stayed, and one for all of them."""
    found = (
        scores.filter("standing_score is not null and proposed_score is not null")
        .project("known_on, customer_id, standing_score, proposed_score, has_come, is_proposed")
        .order("known_on, customer_id")
        .fetchnumpy()
    )
    columns = {name: np.asarray(values) for name, values in found.items()}
    days = columns["known_on"].astype("datetime64[D]")
    is_proposed = columns["is_proposed"].astype(bool)
    parts = [(None, np.full(len(days), True))]
    parts += [(day.astype(object), days == day) for day in np.unique(days)]
    rows = []
    for fold, part in parts:
        compared = compare_scores(
            columns["standing_score"][part],
            columns["proposed_score"][part],
            columns["has_come"][part].astype(int),
            days[part].astype(int),
            np.unique(columns["customer_id"][part].astype(str), return_inverse=True)[1],
        )
        if compared:
            scored = (
                round(value, _DIGITS) if isinstance(value, float) else value
                for value in astuple(compared)
            )
            proposals = len(np.unique(days[part & is_proposed]))
            verdict = compared.verdict if proposals else "nothing_proposed"
            rows.append((fold, *scored, proposals, verdict))
    return make_table(connection, "health_readouts", _READOUTS, rows)
