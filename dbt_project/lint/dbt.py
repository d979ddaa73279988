"""What SQL lint puts in the place of dbt's own macros: expressions of the same shape."""


def dateadd(datepart: str, interval: object, from_date_or_timestamp: str) -> str:
    """A date moved."""
    return f"date_add({from_date_or_timestamp}, {interval}, '{datepart}')"


def datediff(first_date: str, second_date: str, datepart: str) -> str:
    """Units between two dates."""
    return f"date_diff('{datepart}', {first_date}, {second_date})"


def date_trunc(datepart: str, date: str) -> str:
    """The first day of a date's period."""
    return f"date_trunc('{datepart}', {date})"


def last_day(date: str, datepart: str) -> str:
    """The last day of a date's period."""
    return f"last_day({date})"


def hash(field: str) -> str:
    """A digest."""
    return f"md5({field})"
