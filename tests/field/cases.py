"""The cases: where each file comes from, what is asked of it, and what is right.

The values are those of the cases' own `expected.md`, where they are worked out. A letter names
the cases that are landed together: of different sources, or with ids that do not meet.
"""

from __future__ import annotations

from tests.field.case import Ask, Case

COLUMNS = r"(customer_id|deal_id|\bid\b|subscription_id|channel)"
MONTHS = ("2025-10-01", "2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01")


def mrr(customer: str, *values: object, since: str, **more: object) -> tuple[Ask, ...]:
    """A customer's closing MRR, month by month."""
    months = MONTHS[MONTHS.index(since) :]
    return tuple(
        Ask(
            f"MRR {customer} {month[:7]}",
            value if isinstance(value, tuple) else (value,),
            "select cast(closing_mrr as double) from revenue_velocity.fct_customer_months "
            f"where customer_id = '{customer}' and month_start = date '{month}'",
            **more,  # type: ignore[arg-type]
        )
        for month, value in zip(months, values, strict=True)
    )


def march_mrr(customer: str, value: object, **more: object) -> Ask:
    """A customer's MRR at the end of March."""
    return mrr(customer, value, since="2026-03-01", **more)[0]


def metric(name: str, value: object, *, month: str, of: str = "total", **more: object) -> Ask:
    """A metric of a month, of the company or of a slice written as `channel=outbound`."""
    dimension, _, part = (of if "=" in of else "total=total").partition("=")
    label = name if of == "total" else f"{name} {of}"
    return Ask(
        f"{label} {month[:7]}",
        value if isinstance(value, tuple) else (value,),
        f"select value from governance.metric_values where metric_id = '{name}' "
        f"and grain = 'month' and period_start = date '{month}' "
        f"and dimension = '{dimension}' and dimension_value = '{part}'",
        **more,  # type: ignore[arg-type]
    )


def movements(customer: str, expected: str) -> Ask:
    """A customer's movements: day, type and change."""
    return Ask(
        f"movements of {customer}",
        (expected,),
        "select string_agg(concat_ws(' ', occurred_on, movement_type, printf('%.0f', mrr_change)), "
        "', ' order by occurred_on) from revenue_velocity.fct_mrr_movements "
        f"where customer_id = '{customer}' and movement_type <> 'fx'",
    )


def refusal(file: str, *says: str, rows: int = -1) -> Ask:
    """A file that is to be refused in these words; or to give so many rows."""
    return Ask(
        file.rsplit("/", 1)[-1],
        (rows,) if rows >= 0 else (),
        f"select rows_loaded from warehouse.raw_meta.files where path = '{file}' "
        "and status <> 'failed'",
        says=says,
        files=file,
    )


def event(key: str, *right: str) -> Ask:
    """When an event happened, or why its row was set aside."""
    return Ask(
        f"event {key}",
        right,
        f"select coalesce((select any_value(strftime(timestamp, '%Y-%m-%d %H:%M')) from "
        f"warehouse.raw_segment.tracks where id = '{key}'), (select any_value('rejected: ' || "
        "reason) from warehouse.raw_segment.tracks__rejected "
        f"where original ->> 'id' = '{key}'))",
    )


PERIODS = "contracts/subscription_periods"
# Without `subscription` there is no MRR: a message that says so will do.
NEEDED = r"stripe/subscription\b.*(need|missing|required|history)"
EVENING = "2026-03-05 23:30"
REJECTED = r"rejected: .*timestamp.*"
# One with a commit 74.624 h old and one without any; one that names a merge commit only.
DEPLOYMENTS = {
    "cicd/deployment/a.csv": (
        "id,service,repository,environment,result,started_at,finished_at,commit_sha\n"
        "known,web,r,production,success,2026-03-10 12:00:00,2026-03-10 12:00:00,s1\n"
        "unknown,web,r,production,success,2026-03-12 12:00:00,2026-03-12 12:00:00,s2\n"
        "merged,api,r,production,success,2026-02-12 12:00:00,2026-02-12 12:00:00,m1\n"
    ),
    "cicd/deployment_commit/a.csv": "deployment_id,sha\nknown,s1\nmerged,m1\n",
    "github/repository/a.csv": (
        "id,name,full_name,archived,created_at,_fivetran_synced\n"
        "1,r,co/r,false,2024-01-01 00:00:00,2026-03-30 02:00:00\n"
    ),
    "github/issue/a.csv": (
        "id,number,repository_id,pull_request,state,title,created_at,updated_at,closed_at,"
        "user_id,_fivetran_synced\n"
        "101,1,1,true,closed,t,2026-02-09 09:00:00,2026-02-12 12:00:00,2026-02-12 12:00:00,5,"
        "2026-03-30 02:00:00\n"
        "102,2,1,true,closed,t,2026-03-01 09:00:00,2026-03-10 12:00:00,2026-03-10 12:00:00,5,"
        "2026-03-30 02:00:00\n"
    ),
    "github/pull_request/a.csv": (
        "id,issue_id,base_repo_id,base_ref,head_sha,merge_commit_sha,_fivetran_synced\n"
        "201,101,1,main,a1,m1,2026-03-30 02:00:00\n"
        "202,102,1,main,s1,m2,2026-03-30 02:00:00\n"
    ),
    "github/pull_request_commit/a.csv": (
        "pull_request_id,sha,authored_at\n201,a1,2026-02-10 12:00:00\n"
        "202,s1,2026-03-07 09:22:33.600\n"
    ),
}
CASES = (
    Case(
        "ads-currency",
        "A",
        folder="ads-currency",
        asks=(
            metric("cac", None, month="2026-02-01"),
            metric("cac", None, month="2026-02-01", of="channel=paid_search"),
        ),
    ),
    Case(
        "quickbooks-currency-no-numbers",
        "A",
        folder="quickbooks-currency-no-numbers",
        asks=(
            metric("gross_margin", 0.802, month="2026-02-01", tolerance=0.0005),
            metric("cac", None, month="2026-02-01"),
            Ask("folder bill", terminal=r"quickbooks/bill/"),
            Ask("folder invoice", terminal=r"quickbooks/invoice/"),
        ),
    ),
    Case(
        "hubspot-merged-deal-and-currency",
        "A",
        folder="hubspot-merged-deal-and-currency",
        asks=tuple(
            metric("bookings_arr", value, month=month)
            for value, month in zip((1000, 1180, 9800, 700), MONTHS[2:], strict=True)
        ),
    ),
    Case(
        "dora-environment-names-and-first-deployment",
        "A",
        folder="dora-environment-names-and-first-deployment",
        asks=(
            Ask(
                "deployments of February",
                (7,),
                "select sum(successful_count) from operating_resilience.fct_deployments "
                "where deployed_on between date '2026-02-01' and date '2026-02-28'",
                terminal=r"(?i)\bprod\b.*(environment|known)",
            ),
            Ask(
                "lead time of api's first deployment",
                (None, 24),
                "select lead_time_hours from operating_resilience.fct_deployments "
                "where service = 'api' and deployed_on = date '2026-02-12'",
            ),
            Ask(
                "lead time without commits",
                (None,),
                "select max(lead_time_hours) from operating_resilience.fct_deployments "
                "where service = 'web'",
            ),
            metric("lead_time_hours", (None, 24), month="2026-02-01"),
            metric("lead_time_hours", 24, month="2026-03-01"),
        ),
    ),
    Case(
        "zendesk-one-schedule",
        "A",
        folder="zendesk-one-schedule",
        asks=tuple(
            Ask(
                f"{what} of {ticket}",
                (value,),
                f"select {column} from customer_health.fct_tickets where ticket_id = '{ticket}'",
            )
            for ticket, column, what, value in (
                ("5001", "first_reply_business_hours", "first reply", 3.0),
                ("5001", "resolution_business_hours", "resolution", 6.0),
                ("5002", "first_reply_business_hours", "first reply", 6.0),
                ("5002", "resolution_business_hours", "resolution", 8.0),
            )
        ),
    ),
    Case(
        "stripe-basil-period-end",
        "A",
        folder="stripe-basil-period-end",
        asks=(
            march_mrr("cus_basil", 100),
            Ask(
                "committed MRR of cus_basil",
                (0,),
                "select cast(committed_mrr as double) from revenue_velocity.fct_mrr_balances "
                "where customer_id = 'cus_basil' and snapshot_on = date '2026-03-31'",
            ),
        ),
    ),
    Case(
        "stripe-graduated-tiers",
        "A",
        folder="stripe-graduated-tiers",
        asks=(
            *mrr("cus_tier", 125, 125, 125, 125, since="2025-12-01"),
            movements("cus_tier", "2025-12-01 new 125"),
        ),
    ),
    Case(
        "stripe-line-id-repeats",
        "A",
        folder="stripe-line-id-repeats",
        asks=(
            *mrr("cus_old", 50, 50, 50, 70, 70, 90, since="2025-10-01"),
            movements(
                "cus_old", "2025-10-01 new 50, 2026-01-01 expansion 20, 2026-03-01 expansion 20"
            ),
        ),
    ),
    Case(
        "stripe-yen",
        "A",
        folder="stripe-yen",
        asks=(
            march_mrr("cus_jpy", 33.66),
            Ask(
                "local MRR of cus_jpy",
                (5000,),
                "select cast(sum(mrr_change_local) as double) "
                "from revenue_velocity.fct_mrr_movements where customer_id = 'cus_jpy'",
            ),
        ),
    ),
    Case(
        "ads-currency-with-account-numbers",
        "B",
        folder="ads-currency-with-account-numbers",
        asks=(
            metric(
                "cac", (991.6, 993.9), month="2026-02-01", of="channel=paid_search", tolerance=0.05
            ),
            metric(
                "cac", (1008.4, 1006.1), month="2026-02-01", of="channel=outbound", tolerance=0.05
            ),
            metric("cac", 1000, month="2026-02-01"),
        ),
    ),
    Case(
        "zendesk-24-7-and-dst",
        "B",
        folder="zendesk-24-7-and-dst",
        asks=(
            Ask(
                "business hours of 601",
                (240.0,),
                "select resolution_business_hours from customer_health.fct_tickets "
                "where ticket_id = '601'",
            ),
            Ask(
                "calendar hours of 601",
                (240.0,),
                "select resolution_calendar_hours from customer_health.fct_tickets "
                "where ticket_id = '601'",
            ),
        ),
    ),
    Case(
        "event-times-in-many-spellings",
        "C",
        folder="event-times-in-many-spellings",
        asks=(
            event("n0", "2026-03-06 07:30"),
            *(event(key, EVENING) for key in ("n1", "n2", "n3", "n4", "n5", "n8")),
            *(event(key, EVENING, REJECTED) for key in ("n6", "n7")),
            event("m0", "2026-03-01 10:00"),
        ),
    ),
    Case(
        "stripe-fivetran-since-2022-history-only",
        "B",
        folder="stripe-fivetran-since-2022-history-only",
        asks=(
            *mrr("cus_a", 100, 100, 100, 100, 100, since="2025-11-01", terminal=NEEDED),
            *mrr("cus_b", 50, 50, 50, 0, 0, since="2025-11-01", terminal=NEEDED),
            movements("cus_b", "2025-11-10 new 50, 2026-02-10 churn -50"),
        ),
    ),
    Case(
        "contracts-german-excel",
        "C",
        folder="contracts-german-excel",
        asks=(
            refusal(
                f"{PERIODS}/de.csv",
                r"started_on|amount|cp1252|1252|(?i:utf-8|encoding)",
                r"(?i)excel|utf-8|CSV UTF|YYYY-MM-DD",
            ),
            march_mrr(
                "K4", 100, files=f"{PERIODS}/de-sep.csv", says=(r"(?i)first line|sep=|header",)
            ),
        ),
    ),
    Case(
        "german-thousands-point",
        "C",
        folder="german-thousands-point",
        asks=tuple(
            march_mrr(customer, value, says=(r"1\.200|2\.500", r"(?i)thousand|point|amount"))
            for customer, value in (("c_de", 1200), ("c_de2", 2500))
        ),
    ),
    Case(
        "contracts-uk-dates-and-words",
        "C",
        folder="contracts-uk-dates-and-words",
        asks=(
            refusal(f"{PERIODS}/uk.csv", r"03/04/2025|31/12/2025|28/02/2026", r"YYYY-MM-DD"),
            march_mrr("K5", 100, files=f"{PERIODS}/words.csv", says=(r"monthly", r"\bmonth\b")),
            march_mrr("K6", 100, files=f"{PERIODS}/words.csv", says=(r"\byear\b",)),
            march_mrr("K7", (0, None), files=f"{PERIODS}/words.csv", says=(r"\byear\b",)),
            refusal(
                f"{PERIODS}/human.csv", r"no column customer_id, started_on", r"Subscription ID"
            ),
            *(
                march_mrr(customer, 100, files=f"{PERIODS}/blank-rows.csv")
                for customer in ("K9", "K10", "K11")
            ),
            refusal(f"{PERIODS}/serial-dates.csv", r"46023", r"(?i)excel|serial|YYYY-MM-DD"),
        ),
    ),
    Case(
        "excel-unicode-text",
        "C",
        folder="excel-unicode-text",
        asks=(
            march_mrr("c_u16", 100),
            march_mrr("c_bom", 100),
        ),
    ),
    Case(
        "xlsx-zip-ndjson-tsv",
        "C",
        folder="xlsx-zip-ndjson-tsv",
        asks=(
            refusal(f"{PERIODS}/Contracts 2026.xlsx", r"workbook", r"CSV UTF-8"),
            refusal(f"{PERIODS}/export.zip", r"archive", r"Unpack"),
            refusal("delighted/survey_response/responses.ndjson", r"ndjson", r"jsonl", rows=1),
            refusal("contracts/customer/customers.tsv", r"tsv", r"csv", rows=1),
        ),
    ),
    Case(
        "ads-report-with-title-and-total",
        "C",
        folder="ads-report-with-title-and-total",
        asks=(
            refusal(
                "ads/campaign_spend/Campaign report.csv",
                r"(?i)first line|header|line 3",
                r"channel",
            ),
        ),
    ),
    Case(
        "the same report without its title",
        "C",
        files={
            "ads/campaign_spend/cut.csv": (
                "channel,campaign,day,currency,spend\n"
                'google_ads,Brand,2026-01-05,USD,"1204.50"\n'
                "google_ads,Brand,2026-02-05,USD,980.00\n"
                'Total: Account,--,,USD,"2184.50"\n'
            ),
        },
        asks=(
            Ask(
                "spend",
                (2184.5,),
                "select cast(sum(spend) as double) from warehouse.raw_ads.campaign_spend "
                "where _file = 'ads/campaign_spend/cut.csv'",
                says=(r"day",),
            ),
        ),
    ),
    Case(
        "bamboohr-dates",
        "C",
        folder="bamboohr-dates",
        asks=(metric("headcount", 6, month="2026-03-01", says=(r"15/01/2025|hire_date",)),),
    ),
    Case(
        "bamboohr-termination-types",
        "C",
        folder="bamboohr-termination-types",
        asks=(
            Ask(
                "terminations understood",
                (2,),
                "select count(*) from warehouse.raw_bamboohr.employment_status "
                "where termination_type is not null",
                says=(r"termination_type|by own will", r"(?i)\bvoluntary\b.*\binvoluntary\b"),
            ),
        ),
    ),
    Case(
        "hubspot-csv-export",
        "C",
        folder="hubspot-csv-export",
        asks=(
            refusal(
                "hubspot/deal/hubspot-crm-exports-all-deals-2026-03-31.csv",
                r"deal_id",
                r"Record ID",
            ),
        ),
    ),
    Case(
        "quickbooks-csv-numbers",
        "C",
        folder="quickbooks-csv-numbers",
        asks=tuple(
            Ask(
                f"{journal} line {index}",
                (value,),
                "select cast(amount as double) from warehouse.raw_quickbooks.journal_entry_line "
                f"where journal_entry_id = '{journal}' and index = {index}",
                says=(
                    r"12,345\.60|1,200\.00|\$500",
                    r"amount",
                    r"(?i)thousand|separator|sign|without|plain",
                ),
            )
            for journal, index, value in (("j1", 0, 12345.60), ("j2", 0, -1200.0), ("j3", 0, 500.0))
        ),
    ),
    Case(
        "zendesk-json-export",
        "C",
        folder="zendesk-json-export",
        asks=(
            Ask(
                "tickets",
                (2,),
                "select count(*) from warehouse.raw_zendesk.ticket",
                says=(r"tickets",),
            ),
        ),
    ),
    Case(
        "stripe-dashboard-csv",
        "C",
        folder="stripe-dashboard-csv",
        asks=tuple(
            Ask(
                f"MRR of both {month[:7]}",
                (value,),
                "select cast(coalesce(sum(closing_mrr), 0) as double) from "
                "revenue_velocity.fct_customer_months "
                f"where customer_id like 'cus_dash%' and month_start = date '{month}'",
                says=(r"no column created", r"Customer ID"),
                files="stripe/subscription/*",
            )
            for month, value in zip(MONTHS[1:], (150, 150, 150, 100, 100), strict=True)
        ),
    ),
    Case(
        "segment-event-from-the-future",
        "D",
        folder="segment-event-from-the-future",
        asks=(
            Ask(
                "good events",
                (200,),
                "select count(distinct id) from warehouse.raw_segment.tracks "
                "where timestamp < timestamp '2026-04-01'",
            ),
            Ask("published", ("yes",), "select 'yes' from governance.dim_metrics limit 1"),
            Ask("told", terminal=r"(?i)(future|after it was delivered|2031).*|.*efut"),
        ),
    ),
    Case(
        "large contracts",
        "E",
        files={
            f"{PERIODS}/large.csv": (
                "subscription_id,customer_id,started_on,amount,interval\n"
                "a,a,2024-01-01,100000,month\nb,b,2024-01-01,1000000,year\n"
            ),
        },
        asks=(march_mrr("a", 100_000), march_mrr("b", 83_333.33)),
    ),
    Case(
        "deployments and their commits",
        "E",
        files=DEPLOYMENTS,
        asks=(
            metric("lead_time_hours", 74.624, month="2026-03-01"),
            Ask(
                "sample of lead time",
                (1,),
                "select sample_size from governance.metric_values "
                "where metric_id = 'lead_time_hours' and grain = 'month' "
                "and period_start = date '2026-03-01' and dimension = 'total'",
            ),
            Ask(
                "lead time of a merge commit",
                (48,),
                "select lead_time_hours from operating_resilience.fct_deployments "
                "where deployment_id = 'merged'",
            ),
        ),
    ),
    Case(
        "a home of an odd name",
        "F",
        home="it's a%20b $HOME",
        files={
            f"{PERIODS}/one.csv": (
                "subscription_id,customer_id,started_on,amount,interval\na,a,2024-01-01,100,month\n"
            ),
        },
        asks=(march_mrr("a", 100),),
    ),
)
