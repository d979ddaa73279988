"""People recomputed: headcount, turnover, hiring and how they feel, person by person."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from tests.oracles.catalogue import Company, Values, last_day
from tests.oracles.landing import is_deleted

METRICS = (
    "headcount",
    "employee_turnover_rate",
    "voluntary_turnover_rate",
    "hiring_plan_attainment",
    "employee_engagement",
)
FEWEST_ANSWERS = 5


@dataclass(frozen=True)
class Employee:
    """One person, from the first day to the one before `gone`."""

    function: str
    hired: date
    gone: date
    is_voluntary: bool

    def days_in(self, first: date, last: date) -> int:
        """Days of employment between two days, both included."""
        begin, end = max(first, self.hired), min(last + timedelta(days=1), self.gone)
        return max(0, (end - begin).days)


def employees(company: Company) -> list[Employee]:
    """Everybody who was ever hired."""
    functions = {r["department"].lower(): r["function"] for r in company.seed("department_map")}
    voluntary = {
        r["termination_type"]
        for r in company.seed("termination_type_map")
        if r["is_voluntary"] == "true"
    }
    ended: dict[str, str] = {}
    for row in sorted(
        company.landing.newest("bamboohr.employment_status"), key=lambda row: row["date"]
    ):
        if row["employment_status"].lower() == "terminated" and not is_deleted(row):
            ended[row["employee_id"]] = (row["termination_type"] or "").lower()
    return [
        Employee(
            function=functions.get(row["department"].lower(), "unknown"),
            hired=row["hire_date"],
            gone=row["termination_date"] or date.max,
            is_voluntary=ended.get(row["id"], "").strip() in voluntary,
        )
        for row in company.landing.newest("bamboohr.employee")
        if row["hire_date"] is not None and not is_deleted(row)
    ]


def headcount_on(company: Company, day: date) -> int:
    """How many are employed at the end of a day."""
    return sum(e.hired <= day < e.gone for e in employees(company))


def recompute(company: Company) -> Values:
    """Every metric of people: total and function."""
    staff = employees(company)
    functions = {e.function for e in staff} | {r["function"] for r in company.seed("hiring_plan")}
    result: Values = {}
    for grain in ("week", "month", "quarter"):
        for start in company.periods(grain):
            end = min(last_day(grain, start), company.as_of)
            for function in (None, *functions):
                who = [e for e in staff if function in (None, e.function)]
                key = (
                    grain,
                    start,
                    *(("total", "total") if function is None else ("function", function)),
                )
                result["headcount", *key] = sum(e.hired <= end < e.gone for e in who)
                if grain != "week":
                    flows = _flows(company, who, start, end, function)
                    result |= {(metric, *key): value for metric, value in flows.items()}
    return result


def _flows(
    company: Company, who: list[Employee], start: date, end: date, function: str | None
) -> dict[str, float | None]:
    start = max(start, company.first_month)
    left = [e for e in who if start <= e.gone <= end]
    years = sum(e.days_in(start, end) for e in who) / 365
    planned = sum(
        int(row["hires"])
        for row in company.seed("hiring_plan")
        if function in (None, row["function"])
        and start <= last_day("month", date.fromisoformat(row["month_start"])) <= end
    )
    hired = sum(start <= e.hired <= end for e in who)
    return {
        "employee_turnover_rate": len(left) / years if years else None,
        "voluntary_turnover_rate": sum(e.is_voluntary for e in left) / years if years else None,
        "hiring_plan_attainment": hired / planned if planned else None,
        "employee_engagement": _engagement(company, end, function),
    }


def _engagement(company: Company, end: date, function: str | None) -> float | None:
    """Newest answer of each in the ninety days that end on a day.

    None of fewer than five, nor where the total less the others would tell of fewer.
    """
    functions = {r["department"].lower(): r["function"] for r in company.seed("department_map")}
    newest: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in company.landing.newest("engagement.survey_response"):
        if end - timedelta(days=90) < row["responded_at"].date() <= end:
            newest[row["employee_id"]].append(row)
    answers = [max(rows, key=lambda row: row["responded_at"]) for rows in newest.values()]
    scores: dict[str | None, list[int]] = defaultdict(list)
    for row in answers:
        of = functions.get(str(row["department"]).lower(), "unknown")
        scores[of].append(int(str(row["score"])))
    hidden = {of for of, told in scores.items() if len(told) < FEWEST_ANSWERS}
    if hidden and sum(len(scores[of]) for of in hidden) < FEWEST_ANSWERS:
        others = scores.keys() - hidden
        hidden |= set(sorted(others, key=lambda of: (len(scores[of]), str(of)))[:1])
    scores[None] = [score for told in scores.values() for score in told]
    told = [] if function in hidden else scores[function]
    if len(told) < FEWEST_ANSWERS:
        return None
    balance = sum(score >= 9 for score in told) - sum(score <= 6 for score in told)
    return 100 * balance / len(told)
