"""The outlook as tables: what two of dbt's Python models return.

Rows come in and go out as DuckDB relations; nothing is estimated here. Whoever imports this loads
numpy: dbt's models do so when they run.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.statistics.outlook import (
    HORIZONS,
    OUTCOMES,
    SEGMENT,
    Foretold,
    Known,
    foretell,
    read_out,
)
from orchestration.warehouse.relations import make_table

_EPOCH = dt.date(1970, 1, 1)
_NEVER = 10**6  # days after the epoch: nothing came by then
# Digits beyond which the order of sums may tell.
_DIGITS = 9
_READOUTS = (
    "outcome varchar, horizon_days integer, fold date, segment varchar, prediction_count integer, "
    "come_count integer, probability double, auc double, brier double, base_brier double, "
    "skill double, skill_lower double, slope double, slope_lower double, slope_upper double, "
    "lift double, verdict varchar"
)
_NEXT = {outcome: f"{outcome}_on" for outcome in OUTCOMES}
# Of a row and not of what was known; the rest are measures.
_OF_ROW = {"customer_id", "known_on", "segment", "is_month_end", "is_today", "as_of"}
_OF_ROW |= {*_NEXT.values()}
_FORETOLD = pa.schema(
    [
        ("place", pa.int64()),
        ("outcome", pa.string()),
        ("horizon_days", pa.int32()),
        ("fold", pa.date32()),
        ("probability", pa.float64()),
        ("base_rate", pa.float64()),
        ("is_modelled", pa.bool_()),
        ("lower", pa.float64()),
        ("upper", pa.float64()),
        ("reasons", pa.list_(pa.string())),
    ]
)
# Whether it came is known once the days are over.
_PREDICTIONS = f"""
create or replace temp table predictions as
select
    moments.customer_id, moments.known_on, moments.segment, told.* exclude (place),
    case
        when told.fold is not null and moments.known_on + told.horizon_days <= moments.as_of
            then coalesce(
                case told.outcome
                    {" ".join(f"when '{name}' then moments.{on}" for name, on in _NEXT.items())}
                end <= moments.known_on + told.horizon_days,
                false
            )
    end as has_come
from foretold as told
inner join (
    select *, row_number() over (order by customer_id, known_on) - 1 as place from known_moments
) as moments on told.place = moments.place
"""


def materialize_predictions(connection: Any, *, moments: Any) -> Any:  # noqa: ANN401
    """A row per customer, day, outcome and horizon that is foretold; a fold but for today."""
    rows = moments.order("customer_id, known_on").fetchnumpy()
    told = foretell(_known(rows)) if len(rows["customer_id"]) else ()
    foretold = pa.Table.from_batches(map(_batch, told), _FORETOLD)
    for name, relation in (("foretold", foretold), ("known_moments", moments)):
        connection.register(name, relation)
    connection.execute(_PREDICTIONS)
    for name in ("foretold", "known_moments"):
        connection.unregister(name)
    return connection.table("predictions")


def materialize_readouts(connection: Any, *, predictions: Any) -> Any:  # noqa: ANN401
    """A row per outcome and horizon, in all and by fold and by segment: how well it came true.

    Of what nothing came of, or came to all, there is nothing to be read.
    """
    found = (
        predictions.filter("has_come is not null and is_modelled")
        .project(
            "outcome, horizon_days, fold, segment, probability, base_rate, has_come, customer_id, "
            "known_on"
        )
        .order("outcome, horizon_days, customer_id, known_on")
        .fetchnumpy()
    )
    columns = {name: np.asarray(values) for name, values in found.items()}
    customers = np.unique(columns["customer_id"].astype(str), return_inverse=True)[1]
    folds = columns["fold"].astype("datetime64[D]")
    came = columns["has_come"].astype(float)
    rows: list[tuple[Any, ...]] = []
    for outcome in OUTCOMES:
        for horizon in HORIZONS:
            asked = (columns["outcome"] == outcome) & (columns["horizon_days"] == horizon)
            parts: list[tuple[Any, str, np.ndarray]] = [(None, "total", asked)]
            parts += [
                (fold.astype(object), "total", asked & (folds == fold))
                for fold in np.unique(folds[asked])
            ]
            parts += [
                (None, str(segment), asked & (columns["segment"] == segment))
                for segment in np.unique(columns["segment"][asked].astype(str))
            ]
            for fold, segment, part in parts:
                if 0 < came[part].sum() < part.sum():
                    readout = read_out(
                        columns["probability"][part],
                        columns["base_rate"][part],
                        came[part],
                        customers=customers[part],
                        folds=folds[part],
                    )
                    scores = (
                        round(score, _DIGITS) if isinstance(score, float) else score
                        for score in astuple(readout)
                    )
                    rows.append((outcome, horizon, fold, segment, *scores, readout.verdict))
    return make_table(connection, "outlook_readouts", _READOUTS, rows)


def _batch(told: Foretold) -> pa.RecordBatch:
    """What was foretold of an outcome and horizon, in one fold or today."""
    size = len(told.rows)
    fold = None if told.fold is None else _EPOCH + dt.timedelta(days=told.fold)
    unknown = np.full(size, np.nan)
    bounds = (unknown if end is None else end for end in (told.lower, told.upper))
    return pa.record_batch(
        [
            pa.array(told.rows),
            pa.array([told.outcome] * size),
            pa.array([told.horizon] * size, pa.int32()),
            pa.array([fold] * size, pa.date32()),
            pa.array(np.round(told.probability, _DIGITS)),
            pa.array(np.round(told.base_rate, _DIGITS)),
            pa.array([told.is_modelled] * size),
            *(pa.array(np.round(end, _DIGITS), from_pandas=True) for end in bounds),
            pa.array(told.reasons or [[]] * size, pa.list_(pa.string())),
        ],
        schema=_FORETOLD,
    )


def _known(rows: dict[str, Any]) -> Known:
    names = tuple(name for name in rows if name not in _OF_ROW)
    measures = [np.ma.filled(rows[name].astype(float), np.nan) for name in names]
    segments, places = np.unique(rows["segment"].astype(str), return_inverse=True)
    measures += [(places == place).astype(float) for place in range(len(segments))]
    return Known(
        customers=np.unique(rows["customer_id"].astype(str), return_inverse=True)[1],
        days=_days(rows["known_on"]),
        segments=places,
        is_month_end=np.asarray(rows["is_month_end"]).astype(bool),
        is_today=np.asarray(rows["is_today"]).astype(bool),
        as_of=int(_days(rows["as_of"])[0]),
        values=np.column_stack(measures),
        names=(*names, *(SEGMENT for _ in segments)),
        next_on={outcome: _days(rows[on]) for outcome, on in _NEXT.items()},
    )


def _days(column: Any) -> np.ndarray:  # noqa: ANN401
    """Days after the epoch; what has no day comes after all."""
    days = np.ma.asarray(column).astype("datetime64[D]")
    whole: np.ndarray = np.ma.filled(days, np.datetime64(_NEVER, "D")).astype(int)
    return whole
