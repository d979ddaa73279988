"""What is planted in the demo company, with dates and sizes. The one place for it, as data.

Simulation modules read their constants from here; tests and documentation do too. A story
whose dates lie outside the simulated months simply does not happen, nor does one that the
company is written without (`drivewheel demo --without NAME`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

CHANNELS = {"organic": 0.32, "paid_search": 0.24, "partner": 0.22, "referral": 0.12,
            "outbound": 0.10}  # fmt: skip
SEGMENTS = {"smb": 0.60, "mid_market": 0.28, "enterprise": 0.12}
REGIONS = {"amer": 0.5, "emea": 0.35, "apac": 0.15}
CURRENCY_OF_REGION = {"amer": "usd", "emea": "eur", "apac": "usd"}
GBP_SHARE_OF_EMEA = 0.3
CONTRACT_SHARE = 0.05


@dataclass(frozen=True)
class Plan:
    """A product: price per seat and month in US dollars, and the seats it starts with."""

    product: str
    monthly: int
    seats: tuple[int, int]


PLANS = {
    "starter": Plan("prod_starter", 19, (2, 8)),
    "growth": Plan("prod_growth", 49, (5, 25)),
    "scale": Plan("prod_scale", 89, (20, 120)),
}
ANALYTICS = Plan("prod_analytics", 9, (1, 1))
ANNUAL_MONTHS, TWO_YEAR_MONTHS = 10, 19  # months paid for a year, for two years
PRICE_FACTOR = {"usd": 1.0, "eur": 0.95, "gbp": 0.82}
TAX = {"usd": 0.0, "eur": 0.19, "gbp": 0.20}
API_CALL_PRICE, ONBOARDING_PRICE = 2, 1_500_00  # minor units


@dataclass(frozen=True)
class Story:
    """A planted cause: when, what, and how large it is by construction.

    A company can be written without it: then sources and objects that it does not touch are
    byte for byte the same. A story that another one brings is left out with it.
    """

    name: str
    starts: date
    ends: date
    what: str
    size: float
    touches: tuple[str, ...]
    because_of: Story | None = None


ALWAYS = (date.min, date.max)
# A loss or gain of customers or seats moves whatever customers do and whatever revenue pays for.
CUSTOMERS_AND_MONEY = (
    "ads", "app", "bamboohr", "contracts", "delighted", "engagement", "governance", "harvest",
    "hubspot", "quickbooks", "segment", "stripe", "telemetry", "zendesk",
)  # fmt: skip
USE = ("hubspot.engagement_company", "hubspot.engagement_task", "segment", "telemetry")


GUIDED_ONBOARDING = Story(
    "guided_onboarding", date(2026, 2, 1), date(2026, 3, 29),
    "Partner customers hit onboarding friction until guided onboarding starts; every second "
    "new partner customer is a control. Activation relative to control:", 0.28,
    touches=CUSTOMERS_AND_MONEY,
)  # fmt: skip
GUIDED_TTV_DAYS, GUIDED_CHURN_FACTOR = 5, 0.86
SPIKE = Story(
    "paid_search_spike", date(2025, 6, 1), date(2025, 6, 30),
    "A promotion triples paid-search signups while fewer of them activate. Factor on signups:", 3.0,
    touches=CUSTOMERS_AND_MONEY,
)  # fmt: skip
PRICE_CHANGE = Story(
    "growth_price_change", date(2025, 10, 1), date(2025, 10, 1),
    "Existing growth customers move to a new price of the same product. Relative rise:", 0.12,
    touches=("ads", "bamboohr", "engagement", "quickbooks", "stripe"),
)  # fmt: skip
PAUSE_WAVE = Story(
    "pause_wave", date(2025, 8, 4), date(2025, 8, 20),
    "Small customers pause for the summer. Share of smb customers:", 0.30,
    touches=CUSTOMERS_AND_MONEY,
)  # fmt: skip
RETURN_WAVE = Story(
    "return_wave", date(2025, 11, 3), date(2025, 11, 21),
    "Paused customers resume, and customers who had left come back. Share of both:", 0.7,
    touches=CUSTOMERS_AND_MONEY,
)  # fmt: skip
LARGE_CHURN = Story(
    "large_churn", date(2025, 12, 15), date(2025, 12, 15),
    "The largest customer billed by Stripe at that day ends. Customers:", 1,
    touches=CUSTOMERS_AND_MONEY,
)  # fmt: skip
EUR_FALL = Story(
    "eur_fall", date(2025, 3, 1), date(2025, 4, 30),
    "The euro falls against the dollar (seeds/fx_rates.csv). Relative change:", -0.08,
    touches=(),
)  # fmt: skip
MID_MARKET_CHURN = Story(
    "mid_market_churn", date(2026, 1, 1), date(2026, 6, 30),
    "Churn of mid-market customers creeps up. Factor on the hazard at its end:", 2.0,
    touches=CUSTOMERS_AND_MONEY,
)  # fmt: skip
BAD_RELEASE = Story(
    "bad_release", date(2026, 4, 14), date(2026, 4, 15),
    "A release of the api service fails for 15 hours and touches named customers: every so-many-th "
    "account that is there. Every:", 7,
    touches=("delighted", "pagerduty", "telemetry", "zendesk"),
)  # fmt: skip
STORIES: tuple[Story, ...] = (
    GUIDED_ONBOARDING, SPIKE, PRICE_CHANGE, PAUSE_WAVE, RETURN_WAVE, LARGE_CHURN, EUR_FALL,
    MID_MARKET_CHURN, BAD_RELEASE,
)  # fmt: skip


def is_touched_by_bad_release(customer_number: int) -> bool:
    """Whether the bad release touches the customer of this number, if it is there by then."""
    return customer_number % int(BAD_RELEASE.size) == 3


# What shows before customers leave --------------------------------------------------------------
# Some leave out of the blue: they give no notice, and neither their use nor their tickets tell.
OUT_OF_THE_BLUE = 0.10
NOTICE = Story(
    "notice", *ALWAYS,
    "Who decides to leave says so two to eight weeks before the end, by a cancellation at the end "
    "of the period or at a day. Share of those who do not leave out of the blue:", 0.94,
    touches=("stripe.subscription", "stripe.subscription_history"),
)  # fmt: skip
NOTICE_DAYS = (14, 56)
FALLING_USE = Story(
    "falling_use", *ALWAYS,
    "Use falls in a line for eight weeks before most decisions to leave, and stays low to the end. "
    "Share of use that is left:", 0.35, touches=USE,
)  # fmt: skip
FALLING_SHARE, FALLING_DAYS = 0.75, 56
RISING_TICKETS = Story(
    "rising_tickets", *ALWAYS,
    "Tickets rise for eight weeks before many decisions to leave, and until the end. Factor:", 4.0,
    touches=("zendesk",),
)  # fmt: skip
RISING_SHARE, RISING_DAYS = 0.60, 56
SLUMP = Story(
    "slump", *ALWAYS,
    "Use of some customers falls as it does before a loss, and recovers: they stay. Share of those "
    "who are there for long enough:", 0.25, touches=USE,
)  # fmt: skip
SLUMP_LOW_DAYS, SLUMP_RECOVERY_DAYS = 21, 42
SLUMP_APART_DAYS = 120  # from the start of use to a slump, and from its end to that of use
STORIES = (*STORIES, NOTICE, FALLING_USE, RISING_TICKETS, SLUMP)

# What drives growth, what seems to, and where it breaks ---------------------------------------
GROWTH_FOLLOWS_USE = Story(
    "growth_follows_use", *ALWAYS,
    "Customers who use the product more buy seats more often. Share by which the keenest buy more "
    "than their size would have it, and the least keen less:", 0.9, touches=CUSTOMERS_AND_MONEY,
)  # fmt: skip
LEAVING_FOLLOWS_USE = Story(
    "leaving_follows_use",
    *ALWAYS,
    "Customers who use the product little leave and shrink more often, by the health that both "
    "have as their cause. Share of health that counts:",
    0.8,
    touches=CUSTOMERS_AND_MONEY,
)
# Factors on leaving and shrinking of everybody where they do not: what health makes on average.
LEAVING_OF_ALL, SHRINKING_OF_ALL, SHRINKING_BY_HEALTH = 1.3, 1.09, 0.5
FAILING_PAYMENTS = Story(
    "failing_payments",
    *ALWAYS,
    "Payments fail, and some of those who do not mend it lose their subscription. Share of months:",
    0.02,
    touches=CUSTOMERS_AND_MONEY,
)
# Factor on monthly growth: of everybody where it does not follow use, and at middling health.
GROWTH_OF_ALL, GROWTH_BY_HEALTH, MIDDLING_HEALTH = 1.4, 0.75, 0.4
BUDGET_FREEZE = Story(
    "budget_freeze", date(2025, 7, 1), date(2025, 9, 30),
    "For a quarter customers buy seats as their budgets let them, and growth does not follow use. "
    "Share of the link that is left:", 0.0, touches=CUSTOMERS_AND_MONEY,
    because_of=GROWTH_FOLLOWS_USE,
)  # fmt: skip
SUCCESS_CALLS = Story(
    "success_calls", *ALWAYS,
    "Success managers call those who use the product most, once a quarter, and it changes nothing: "
    "they stay because they use it. Share of customers that is called:", 0.35,
    touches=("hubspot.engagement_company", "hubspot.engagement_task"),
)  # fmt: skip
STORIES = (*STORIES, GROWTH_FOLLOWS_USE, LEAVING_FOLLOWS_USE, FAILING_PAYMENTS)
STORIES = (*STORIES, BUDGET_FREEZE, SUCCESS_CALLS)


# One small Stripe customer each: a start that was recorded late, one yet to come, and a customer
# who leaves and returns within a month.
BACK_DATED_START_DAYS = 40
FUTURE_START = date(2026, 7, 15)
INTERRUPTION = (date(2026, 3, 5), date(2026, 3, 19))

# What follows from terms and age alone: of a company without these two customers are alike.
TERMS = Story(
    "terms",
    *ALWAYS,
    "Who pays by the year or by two leaves at the end of a term. Months in a year in which nobody "
    "of them leaves:",
    11,
    touches=CUSTOMERS_AND_MONEY,
)
DISCOUNTS_END = Story(
    "discounts_end",
    *ALWAYS,
    "Some discounts end after a period, half a year or a year, and others never. Share of those "
    "that end:",
    0.6,
    touches=CUSTOMERS_AND_MONEY,
)
# By a draw and not by number, as what data look like goes by number, which would then tell of it.
CROSS_SELL = Story(
    "cross_sell",
    *ALWAYS,
    "Some customers buy the add-on forty days after they begin to pay, and half of these drop it "
    "again. Share of customers:",
    1 / 12,
    touches=CUSTOMERS_AND_MONEY,
)
CROSS_SELL_DAYS, CROSS_SELL_DROPPED, DROPPED_DAYS = 40, 0.5, 170
STORIES = (*STORIES, TERMS, DISCOUNTS_END, CROSS_SELL)

ACTIVATION = {"organic": 0.76, "paid_search": 0.66, "partner": 0.45, "referral": 0.82,
              "outbound": 0.72}  # fmt: skip
DAYS_TO_VALUE = {"organic": 9, "paid_search": 11, "partner": 19, "referral": 8, "outbound": 12}
SPIKE_ACTIVATION = 0.45
MONTHLY_CHURN = {"smb": 0.022, "mid_market": 0.012, "enterprise": 0.006}
LATE_VALUE_AFTER_DAYS, LATE_VALUE_DAYS = 150, 180  # those who do not activate: at least, and mean
MONTHLY_GROWTH = {"smb": 0.04, "mid_market": 0.06, "enterprise": 0.07}
MAX_SEATS = 260

# Value events of seeds/value_events.csv with their share of an adopting account's value events.
VALUE_EVENTS = {
    "report_created": 0.24, "dashboard_shared": 0.15, "invoice_sent": 0.16,
    "automation_run": 0.16, "integration_connected": 0.03, "payment_collected": 0.10,
    "export_downloaded": 0.09, "alert_configured": 0.04, "audit_log_reviewed": 0.03,
}  # fmt: skip
FIRST_VALUE_EVENTS = ("report_created", "dashboard_shared", "invoice_sent", "automation_run")
OTHER_EVENTS = ("page_viewed", "login")
WEEKDAYS = (1.0, 1.05, 1.05, 1.0, 0.9, 0.25, 0.2)

# About so many rows of dirt a landing of default size carries; a smaller one what it can.
# The counts in fact written are in DemoSummary.dirt under the same names.
DIRT: dict[str, int] = {
    "duplicate_events": 300,
    "late_events": 200,
    "unparsable_events": 25,
    "unparsable_charges": 7,
    "deleted_invoice_lines": 5,
    "offset_user_times": 40,
    "merged_companies": 3,
    "test_accounts": 2,
    "test_stripe_customers": 3,
}
# Invoices carry a column that the contract does not know from this month on.
UNKNOWN_COLUMN, UNKNOWN_COLUMN_FROM = "collection_method", date(2025, 5, 1)

# Books, people and advertising ---------------------------------------------------------------
METERED_FROM = 1000  # quantities of invoice lines from here on are calls, not seats
SERVICES_MARGIN = Story(
    "services_margin", date(2025, 7, 1), date(2026, 6, 30),
    "Quarterly reviews and bundled packages lift the gross margin of services from 0.38. To:", 0.46,
    touches=("quickbooks.journal_entry_line",),
)  # fmt: skip
SERVICES_MARGIN_BEFORE, SERVICES_SHARE = 0.38, 0.08  # of recurring revenue
CAC_CLIMB = Story(
    "cac_climb", date(2025, 7, 1), date(2026, 6, 30),
    "Advertising gets dearer while it brings no more customers and they stay no longer. Factor on "
    "advertising by the end:", 2.2,
    touches=("ads", "quickbooks"),
)  # fmt: skip
LOAN = Story(
    "loan", date(2025, 9, 15), date(2025, 9, 15),
    "A bank lends money, which is no revenue and lowers no burn. Months of revenue:", 1.0,
    touches=("quickbooks",),
)  # fmt: skip
STORIES = (*STORIES, SERVICES_MARGIN, CAC_CLIMB, LOAN)

ADVERTISING_SHARE = 0.06  # of revenue, before it gets dearer
AD_CHANNELS = {"google_ads": 0.40, "bing_ads": 0.08, "partner_program": 0.22,
               "content_syndication": 0.10, "referral_program": 0.05,
               "linkedin_ads": 0.15}  # fmt: skip
AD_CURRENCY = {"linkedin_ads": "eur"}
# Payroll by department, as a share of revenue; nobody's pay is known, only these sums.
PAYROLL = {"Sales": 0.15, "Marketing": 0.05, "Customer Success": 0.06, "Support": 0.05,
           "Engineering": 0.19, "Product": 0.05, "Finance": 0.05, "People": 0.03}  # fmt: skip
HOSTING_SHARE, TOOLS_SHARE, RENT_SHARE, COMMISSION_SHARE = 0.085, 0.03, 0.04, 0.02
PAYMENT_FEE = 0.029
OPENING_CASH_MONTHS, RESTRICTED_CASH = 0.8, 50_000.0  # in months of the last month's revenue
YEARLY_LEAVERS, VOLUNTARY_SHARE = 0.13, 0.75
UNMAPPED_ACCOUNT_FROM = date(2026, 1, 1)
DIRT |= {"deleted_journals": 2, "corrected_spend": 12, "unmapped_accounts": 1}

# Sales and processes -------------------------------------------------------------------------
REVIEW_SLIP = Story(
    "review_slip", date(2025, 10, 1), date(2025, 12, 31),
    "Renewal reviews slip for a quarter. Share that is held in time:", 0.45,
    touches=("hubspot.engagement_task",),
)  # fmt: skip
STORIES = (*STORIES, REVIEW_SLIP)
SUBSIDIARY_EVERY = 30  # customers
WITHOUT_OWNER_EVERY = 9  # customers
# What those say who leave, in turn; an odd number, so that every subscription's number comes round.
CANCELLATION_REASONS = (
    "too_expensive",
    "missing_features",
    None,
    "switched_service",
    "too_expensive",
    "unused",
    "other",
    None,
    "customer_service",
)
WIN_RATE, REOPENED_EVERY = 0.26, 12
STEPS_ON_TIME, STEPS_DONE = 0.97, 0.985
DIRT |= {"deleted_deals": 3}
# Support, surveys and services.
SUPPORT_BACKLOG = Story(
    "support_backlog", date(2025, 9, 8), date(2025, 10, 17),
    "Half of the first tier moves to another office and tickets pile up. Factor on the time that "
    "a ticket takes:", 3.5,
    touches=("delighted", "zendesk"),
)  # fmt: skip
RELEASE_TICKETS = Story(
    "release_tickets", BAD_RELEASE.starts, date(2026, 4, 20),
    "Customers touched by the bad release write many more tickets, half of them urgent. Factor on "
    "their tickets:", 15.0,
    touches=("delighted", "zendesk"), because_of=BAD_RELEASE,
)  # fmt: skip
RELEASE_SURVEYS = Story(
    "release_surveys", BAD_RELEASE.starts, date(2026, 6, 13),
    "Customers touched by the bad release answer worse for two months. Points of NPS score:", -3.0,
    touches=("delighted",), because_of=BAD_RELEASE,
)  # fmt: skip
SERVICE_BUNDLES = Story(
    "service_bundles", date(2025, 7, 1), date(2026, 6, 30),
    "Onboarding packages are bundled with larger plans. Share of new mid-market and enterprise "
    "customers with one, from a half:", 0.85,
    touches=("harvest",),
)  # fmt: skip
STORIES = (*STORIES, SUPPORT_BACKLOG, RELEASE_TICKETS, RELEASE_SURVEYS, SERVICE_BUNDLES)

TICKETS_PER_DAY = 0.028  # of an account of eight users and middling health
SUPPORT_TEAMS = ("Tier 1", "Tier 2", "Tier 3", "Support management")
PRIORITIES = {"low": 0.2, "normal": 0.5, "high": 0.22, "urgent": 0.08}
# Minutes of business time, but calendar time for urgent tickets.
REPLY_TARGETS = {"low": 960, "normal": 480, "high": 240, "urgent": 60}
RESOLUTION_TARGETS = {"low": 4800, "normal": 2400, "high": 1440, "urgent": 1440}
DELIVERY_TEAMS = {"Onboarding": 6, "Integration": 4, "Advisory": 2}
PACKAGE_SHARE = 0.5
PACKAGE_FEE = {"mid_market": 18_000, "enterprise": 45_000}

DIRT |= {
    "deleted_tickets": 20,
    "merged_tickets": 15,
    "test_tickets": 6,
    "unmatched_tickets": 12,
    "duplicate_ticket_changes": 60,
    "offset_ticket_times": 25,
    "unmatched_answers": 5,
}


# Software, operations, vendors and governance ----------------------------------------------
@dataclass(frozen=True)
class Service:
    """A service that the company runs, and how it usually does."""

    repository: str
    team: str
    deployments_a_year: int
    median_ms: float
    share: float  # of all requests
    files: int
    coverage: float


SERVICES = {
    "api": Service("api-server", "platform", 42, 70, 0.38, 80, 0.81),
    "web": Service("web-app", "product", 44, 110, 0.30, 90, 0.69),
    "billing": Service("billing-core", "payments", 20, 90, 0.10, 40, 0.86),
    "reporting": Service("reporting-jobs", "product", 22, 190, 0.12, 50, 0.62),
    "integrations": Service("integration-hub", "platform", 22, 160, 0.10, 40, 0.71),
}
ENDPOINTS = ("list", "save", "search")
LATENCY_BUCKETS_MS = (25, 50, 100, 250, 500, 1000, 2500, 5000)
TELEMETRY_MONTHS, TELEMETRY_SHARE = 12, 0.25  # rows per day, of the events per day
BAD_DEPLOYMENT_SHARE, ROLLED_BACK_SHARE = 0.08, 0.5
BAD_RELEASE_HOURS = 15
LEAD_TIME_FALL = Story(
    "smaller_changes", date(2025, 10, 1), date(2026, 6, 30),
    "Teams ship smaller changes from here on. Factor on the time from commit to production:", 0.5,
    touches=("cicd.pipeline_run", "github"),
)  # fmt: skip
VENDOR_OUTAGE = Story(
    "vendor_outage", date(2026, 2, 17), date(2026, 2, 17),
    "The cloud host fails and takes api and integrations with it. Minutes:", 140,
    touches=("pagerduty", "telemetry", "vendors.commitment"),
)  # fmt: skip
VENDOR_EVIDENCE = Story(
    "vendor_evidence", date(2026, 3, 31), date(2026, 6, 30),
    "The SOC 2 report of the cloud host expires and no other comes. Open findings by then:", 3,
    touches=("vendors.evidence",),
)  # fmt: skip
SLOW_TRIALS = Story(
    "slow_trials", date(2025, 10, 1), date(2026, 3, 31),
    "Every second account that tries the product then meets a slow web service before its working "
    "day begins, and is converted less. Factor on conversion:", 0.35,
    touches=CUSTOMERS_AND_MONEY,
)  # fmt: skip
SLOW_TRIAL_DAYS = 8  # days of the trial with a slow minute, from its second on
STORIES = (*STORIES, LEAD_TIME_FALL, VENDOR_OUTAGE, VENDOR_EVIDENCE, SLOW_TRIALS)


def is_slowed_in_trial(customer_number: int, started_on: date) -> bool:
    """Whether the trial that a customer starts on a day is one of the slowed ones."""
    return customer_number % 2 == 1 and SLOW_TRIALS.starts <= started_on <= SLOW_TRIALS.ends


# Name, category, criticality, what is spent on it in a year.
VENDORS = (
    ("Northcloud", "hosting", 5, 184_000), ("Paywell", "payments", 5, 61_000),
    ("Mailspring", "e-mail", 4, 22_000), ("Logwise", "observability", 3, 38_000),
    ("Deskline", "support", 3, 27_000), ("Signata", "e-signatures", 2, 9_000),
    ("Peoplekit", "personnel", 2, 16_000), ("Quillsoft", "documents", 1, 7_000),
    ("Tracelight", "observability", 3, 52_000),
)  # fmt: skip
# One takes the place of another, after some months with both.
VENDOR_STARTS, VENDOR_ENDS = {"Tracelight": date(2025, 11, 1)}, {"Logwise": date(2026, 2, 28)}
INTERVENTIONS_A_QUARTER, OVERDUE_INTERVENTIONS = 7, 3


@dataclass(frozen=True)
class Response:
    """What the company did about a planted story: when it was seen, done and closed."""

    metric_id: str
    seen_on: date
    hours_to_act: int
    due_on: date
    closed_on: date | None
    action: str
    owner_role: str
    outcome: str | None = None
    lesson: str | None = None


# Success managers call whom the bad release touched, and answer its detractors a month later.
RELEASE_CALLS_ON, RELEASE_ANSWERS_ON = date(2026, 4, 20), date(2026, 5, 18)
RESPONSES = (
    Response(
        "activation_rate",
        date(2025, 6, 23),
        20,
        date(2025, 7, 14),
        date(2025, 7, 31),
        "Call everybody whom the promotion brought",
        "head_of_onboarding",
        "partly",
        "drop",
    ),
    Response(
        "support_sla_attainment",
        date(2025, 9, 15),
        9,
        date(2025, 9, 30),
        date(2025, 10, 20),
        "Move four people to the first tier",
        "head_of_support",
        "worked",
        "look_earlier",
    ),
    Response(
        "cac_payback_months",
        date(2025, 10, 20),
        50,
        date(2025, 11, 10),
        date(2025, 12, 5),
        "Halve what goes to the dearest channel",
        "head_of_marketing",
        "no_effect",
        "drop",
    ),
    Response(
        "renewal_review_adherence",
        date(2026, 1, 5),
        30,
        date(2026, 1, 26),
        date(2026, 2, 20),
        "Hold the reviews that were missed",
        "head_of_customer_success",
        "worked",
        "keep",
    ),
    Response(
        "grr",
        date(2026, 1, 12),
        44,
        date(2026, 2, 2),
        date(2026, 2, 20),
        "Call mid-market customers below health 50",
        "head_of_customer_success",
        "no_effect",
        "change_playbook",
    ),
    Response(
        "availability",
        VENDOR_OUTAGE.starts,
        1,
        date(2026, 2, 27),
        date(2026, 2, 25),
        "Serve reads from a second region",
        "head_of_engineering",
        "partly",
        "keep",
    ),
    Response(
        "grr",
        date(2026, 4, 8),
        26,
        date(2026, 5, 8),
        date(2026, 5, 20),
        "Take the three commonest reasons to the roadmap",
        "head_of_product",
        "partly",
        "keep",
    ),
    Response(
        "availability",
        BAD_RELEASE.starts,
        2,
        date(2026, 5, 5),
        date(2026, 5, 4),
        "Add a canary stage before production",
        "head_of_engineering",
        "worked",
        "change_playbook",
    ),
    Response(
        "vendor_risk_score",
        date(2026, 4, 2),
        70,
        date(2026, 7, 15),
        None,
        "Ask the cloud host for its new report",
        "vendor_manager",
    ),
)
REVIEWED_METRICS = ("net_new_arr", "activation_rate", "time_to_value_days", "nrr", "grr",
                    "availability")  # fmt: skip
DIRT |= {
    "duplicate_deployments": 12,
    "offset_deployment_times": 15,
    "deleted_pull_requests": 6,
    "unknown_services": 4,
    "late_rollups": 40,
    "duplicate_rollups": 40,
}


# Experiments ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Experiment:
    """An experiment in the registry: who is compared is said in `governance.py`."""

    id: str
    name: str
    hypothesis: str
    arm: str
    metric: str
    secondary: tuple[str, ...]
    guardrails: tuple[str, ...]
    starts: date
    ends: date
    is_randomised: bool
    planned_sample: int  # per arm
    minimum_cycles: int  # weeks
    decision: str
    title: str


# What is planted in each: guided onboarding as told above; seat reviews change nothing;
# nightly jobs moved into the morning slow trials down; the price change lifts growth customers.
EXPERIMENTS = (
    Experiment(
        "exp_guided_onboarding", "Guided onboarding",
        "Partner customers who are guided get value sooner and stay",
        "guided", "activation_rate", ("time_to_value_days",), ("early_churn_rate_90d",),
        GUIDED_ONBOARDING.starts, GUIDED_ONBOARDING.ends, True, 14, 8,
        "scale", "Guide every partner customer",
    ),
    Experiment(
        "exp_seat_reviews", "Seat reviews by e-mail",
        "Customers who are shown their idle seats put people on them",
        "reviewed", "seat_utilization", ("monthly_active_users",), ("csat",),
        date(2026, 2, 2), date(2026, 4, 26), True, 80, 12,
        "stop", "Stop writing about seats",
    ),
    Experiment(
        "exp_morning_jobs", "Nightly jobs in the morning",
        "Moving nightly jobs before office hours costs nobody anything",
        "morning", "trial_to_paid_rate", (), ("activation_rate",),
        SLOW_TRIALS.starts, SLOW_TRIALS.ends, True, 8, 12,
        "stop", "Move the jobs back into the night",
    ),
    Experiment(
        "exp_growth_price", "New price of growth",
        "Growth customers accept the new price",
        "new_price", "mrr", (), ("monthly_active_users",),
        PRICE_CHANGE.starts, date(2025, 10, 31), False, 40, 4,
        "scale", "Keep the new price",
    ),
)  # fmt: skip
