"""The outlook as tables: what two of dbt's Python models return.

Rows come in and go out as DuckDB relations; nothing is estimated here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from orchestration.warehouse.relations import make_table

if TYPE_CHECKING:
    import numpy as np

    from orchestration.statistics.outlook import Known

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
_OF_ROW = {
    "customer_id",
    "known_on",
    "segment",
    "mrr",
    "is_month_end",
    "is_today",
    "as_of",
    "churn_on",
    "downgrade_on",
    "expansion_on",
}


def materialize_predictions(connection: Any, *, moments: Any) -> Any:  # noqa: ANN401
    """A row per customer, day, outcome and horizon that is foretold; a fold but for today."""
    import numpy as np
    import pyarrow as pa

    from orchestration.statistics.outlook import foretell

    rows = moments.order("customer_id, known_on").fetchnumpy()
    schema = pa.schema(
        [
            ("row_number", pa.int64()),
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
    batches = []
    for told in foretell(_known(rows)) if len(rows["customer_id"]) else ():
        size = len(told.rows)
        fold = None if told.fold is None else _EPOCH + dt.timedelta(days=told.fold)
        unknown = pa.nulls(size, pa.float64())
        ends = (
            unknown if end is None else pa.array(np.round(end, _DIGITS))
            for end in (told.lower, told.upper)
        )
        batches.append(
            pa.record_batch(
                [
                    pa.array(told.rows),
                    pa.array([told.outcome] * size),
                    pa.array([told.horizon] * size, pa.int32()),
                    pa.array([fold] * size, pa.date32()),
                    pa.array(np.round(told.probability, _DIGITS)),
                    pa.array(np.round(told.base_rate, _DIGITS)),
                    pa.array([told.is_modelled] * size),
                    *ends,
                    pa.array(told.reasons or [[]] * size, pa.list_(pa.string())),
                ],
                schema=schema,
            )
        )
    connection.register("foretold_rows", pa.Table.from_batches(batches, schema))
    keys = {
        name: _column(rows[name], pa)
        for name in ("customer_id", "known_on", "segment", "as_of", *_outcome_columns())
    }
    connection.register(
        "foretold_of",
        pa.table({"row_number": pa.array(range(len(rows["customer_id"]))), **keys}),
    )
    cases = " ".join(
        f"when '{name.removesuffix('_on')}' then keys.{name}" for name in _outcome_columns()
    )
    connection.execute(
        "create or replace temp table predictions as "
        # Of nobody DuckDB knows no types.
        "select keys.customer_id::varchar as customer_id, keys.known_on::date as known_on, "
        "keys.segment::varchar as segment, told.* exclude (row_number), "
        # Whether it came is known once the days are over.
        "case when told.fold is not null and keys.known_on + told.horizon_days <= keys.as_of then "
        f"coalesce(case told.outcome {cases} end <= keys.known_on + told.horizon_days, false) end"
        "::boolean as has_come from foretold_rows as told "
        "inner join foretold_of as keys on told.row_number = keys.row_number"
    )
    for name in ("foretold_rows", "foretold_of"):
        connection.unregister(name)
    return connection.table("predictions")


def materialize_readouts(connection: Any, *, predictions: Any) -> Any:  # noqa: ANN401
    """A row per outcome and horizon, in all and by fold and by segment: how well it came true.

    Of what nothing came of, or came to all, there is nothing to be read.
    """
    import numpy as np

    from orchestration.statistics.outlook import HORIZONS, OUTCOMES, read_out

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
                        customers[part],
                    )
                    scores = (
                        round(score, _DIGITS) if isinstance(score, float) else score
                        for score in astuple(readout)
                    )
                    rows.append((outcome, horizon, fold, segment, *scores, readout.verdict))
    return make_table(connection, "outlook_readouts", _READOUTS, rows)


def _known(rows: dict[str, Any]) -> Known:
    import numpy as np

    from orchestration.statistics.outlook import SEGMENT, Known

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
        next_on={name.removesuffix("_on"): _days(rows[name]) for name in _outcome_columns()},
    )


def _days(column: Any) -> np.ndarray:  # noqa: ANN401
    """Days after the epoch; what has no day comes after all."""
    import numpy as np

    days = np.ma.asarray(column).astype("datetime64[D]")
    whole: np.ndarray = np.ma.filled(days, np.datetime64(_NEVER, "D")).astype(int)
    return whole


def _outcome_columns() -> tuple[str, ...]:
    from orchestration.statistics.outlook import OUTCOMES

    return tuple(f"{outcome}_on" for outcome in OUTCOMES)


def _column(values: Any, pa: Any) -> Any:  # noqa: ANN401
    """An array of what DuckDB gave, missing values kept."""
    import numpy as np

    if values.dtype.kind == "M":
        values = values.astype("datetime64[D]")
    mask = np.ma.getmaskarray(np.ma.asarray(values))
    return pa.array(np.ma.getdata(values), mask=mask)
