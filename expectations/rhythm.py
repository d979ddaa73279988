"""The rhythm of deliveries: how many rows a day has, and for how long there may be none.

Of history only eight weeks of an object's days are read where it has new rows, and a year of
them where it has been quiet for days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from expectations.expect import no_rows
from expectations.runner import Batch

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from expectations.contract import Contract

# Days are held against the same weekday of the weeks before: beyond the quietest or busiest of
# them by so much, half of a file is missing or all of it came twice. Fewer weeks, or a day of
# few rows, say nothing.
HISTORY_WEEKS = 8
LEAST_WEEKS = 4
LEAST_DAILY_ROWS = 20
QUIET_SHARE = 0.6
# Who has had rows on so many days of a year, and on half of its days, goes on having them.
# Stale for longer than three times the longest gap of the year it is told of as stopped, and
# stops the refresh; before that, beyond its longest gap by three days, it is only told of, for a
# holiday or a lull may be it.
STALE_MONTHS = 12
STEADY_DAYS = 15
# Nor does who speaks on fewer than every second day stop anything by being stale.
STEADY_SHARE = 0.5
STOPPED_GAPS = 3
LEAST_EVENT_DAYS = 6
STALE_DAYS = 3
STALE = "no source is stale: without rows for three times its longest gap of a year"
OVERDUE = "no source is overdue: without rows for longer than its longest gap of a year"

LOADED = "('accepted', 'pending')"
# The newest day of which anybody has delivered a row; a day in the future is nobody's.
NEWEST_DAY = (
    "(select cast(max(least(max_event_at, loaded_at)) as date) from raw_meta.files "
    f"where status in {LOADED} and max_event_at is not null)"
)
STALE_OBJECTS = f"""
select source, object from raw_meta.files
where status in {LOADED} and max_event_at is not null
group by all
having cast(max(max_event_at) as date) <= {NEWEST_DAY} - {STALE_DAYS}
"""


HOLIDAYS_TABLE = """
select 1 from duckdb_tables()
where schema_name = 'raw_zendesk' and table_name = 'schedule_holiday'
"""


def earlier_files(contract: Contract) -> str:
    """The object's accepted files."""
    return (
        f"(select * from raw_meta.files where source = '{contract.source}' "
        f"and object = '{contract.name}' and status = 'accepted')"
    )


def daily_volume(contract: Contract, ids: str) -> Batch:
    """Days that only new loads speak of, beside the same weekday of the weeks before."""
    table = f'"{contract.schema}"."{contract.name}"'
    day = f'cast("{contract.event_time}" as date)'
    earlier = earlier_files(contract)
    return Batch(
        query=f"""
            with known as (
                select max(cast(max_event_at as date)) as until,
                    -- Parts of a day are delivered: the newest one is not over.
                    count(distinct cast(max_event_at as date)) < count(max_event_at) as in_parts
                from {earlier}
            ),
            new_days as (
                select {day} as day, count(*) as day_rows,
                    max_by(_file, _load_id) as _file, max(_load_id) as _load_id
                from {table}
                where _load_id in ({ids}) and {day} > (select until from known)
                group by 1
                qualify {day} < max({day}) over () or not (select in_parts from known)
            ),
            old_days as (
                select {day} as day, count(*) as day_rows
                from {table}
                where _load_id in (select load_id from {earlier})
                    and {day} >= (select min(day) from new_days) - {7 * HISTORY_WEEKS}
                group by all
            )
            select new_days._file, new_days._load_id, new_days.day, new_days.day_rows,
                min(old_days.day_rows) as quietest, max(old_days.day_rows) as busiest
            from new_days
            inner join old_days on old_days.day < new_days.day
                and old_days.day >= new_days.day - {7 * HISTORY_WEEKS}
                and dayofweek(old_days.day) = dayofweek(new_days.day)
            group by all
            having count(*) >= {LEAST_WEEKS} and median(old_days.day_rows) >= {LEAST_DAILY_ROWS}
        """,
        expectations=[
            no_rows(
                f"select * from {{batch}} where day_rows < {QUIET_SHARE} * quietest "
                f"or day_rows * {QUIET_SHARE} > busiest",
                "the volume of a day is within that of its weekday",
            )
        ],
    )


def days_off(*, has_calendar: bool, own: Iterable[dt.date] = ()) -> str:
    """A select of the days on which nobody works: of delivered calendars, and the company's."""
    selects = ["select null::date as day where false"]
    selects += [f"select date '{day}' as day" for day in own]
    if has_calendar:
        selects.append(
            "select unnest(generate_series(start_date, end_date, interval 1 day)) as day "
            "from raw_zendesk.schedule_holiday where end_date < start_date + interval 1 year"
        )
    return " union ".join(selects)


def staleness(contract: Contract, *, is_blocking: bool, holidays: str) -> Batch:
    """One row where the object has had no rows since `last_day`, for longer than it ever had.

    The days of `holidays`, a select of them, do not count.
    """
    day = f'cast("{contract.event_time}" as date)'
    is_loaded = (
        f"(select load_id from raw_meta.files where source = '{contract.source}' "
        f"and object = '{contract.name}' and status in {LOADED})"
    )
    table = f'(select * from "{contract.schema}"."{contract.name}" where _load_id in {is_loaded})'
    stopped = (
        f"stale_days > {STOPPED_GAPS} * longest_gap and day_count >= {STEADY_DAYS} "
        f"and day_count >= {STEADY_SHARE} * span_days"
    )
    unusual = (
        f"not is_holiday and {stopped}"
        if is_blocking
        else f"stale_days >= longest_gap - 1 + {STALE_DAYS} and day_count >= {LEAST_EVENT_DAYS} "
        f"and (is_holiday or not ({stopped}))"
    )
    return Batch(
        query=f"""
            with event_days as (
                select distinct {day} as day
                from {table}
                where "{contract.event_time}" >= (
                    select cast(max("{contract.event_time}") as date) from {table}
                ) - interval {STALE_MONTHS} month
            ),
            gaps as (
                select day, day - lag(day) over (order by day) as gap from event_days
            ),
            newest as (
                select max(day) as last_day,
                    max(gap) as longest_gap, count(*) as day_count,
                    max(day) - min(day) + 1 as span_days
                from gaps
            ),
            holidays as ({holidays})
            select
                (select max(_file) from {table} where "{contract.event_time}" >= last_day)
                    as _file,
                last_day,
                {NEWEST_DAY} - last_day - (
                    select count(*) from holidays where day > last_day and day <= {NEWEST_DAY}
                ) as stale_days,
                longest_gap, day_count, span_days,
                exists (select 1 from holidays where day = {NEWEST_DAY}) as is_holiday
            from newest
            where last_day not in (
                select since from raw_meta.accepted_silences
                where source = '{contract.source}' and object = '{contract.name}'
            )
        """,
        expectations=[
            no_rows(f"select * from {{batch}} where {unusual}", STALE if is_blocking else OVERDUE)
        ],
    )
