"""The general ledger in QuickBooks' shape: journals that sum to zero, cause by cause.

Revenue and receipts come from the books, advertising from the platforms, everything else is a
share of revenue that story sets. Whoever grows hires ahead: cost follows the months to come.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from drivewheel_demo import story
from drivewheel_demo.calendar import Horizon, at, first_of_month
from drivewheel_demo.finance import Books
from drivewheel_demo.rows import Delivery, Row

CHART = {
    "1000": ("Operating account", "Bank"),
    "1010": ("Deposit account", "Bank"),
    "1100": ("Accounts receivable", "Accounts Receivable"),
    "2000": ("Accounts payable", "Accounts Payable"),
    "2100": ("Deferred revenue", "Other Current Liability"),
    "2200": ("Sales tax payable", "Other Current Liability"),
    "2500": ("Bank loan", "Long Term Liability"),
    "3000": ("Equity", "Equity"),
    "4000": ("Subscription revenue", "Income"),
    "4010": ("Usage revenue", "Income"),
    "4100": ("Services revenue", "Income"),
    "5000": ("Hosting", "Cost of Goods Sold"),
    "5100": ("Support", "Cost of Goods Sold"),
    "5200": ("Delivery", "Cost of Goods Sold"),
    "5300": ("Payment fees", "Cost of Goods Sold"),
    "6000": ("Sales and marketing", "Expense"),
    "6010": ("Advertising", "Expense"),
    "6020": ("Commissions", "Expense"),
    "6030": ("Customer success", "Expense"),
    "6100": ("Research and development", "Expense"),
    "6200": ("General and administrative", "Expense"),
    "6999": ("Team events", "Expense"),
    "7000": ("Interest", "Other Expense"),
}
CLASSES = {"1": "Subscriptions", "2": "Services"}
DEPARTMENTS = (
    "Sales",
    "Marketing",
    "Customer Success",
    "Support",
    "Services",
    "Engineering",
    "Product",
    "Finance",
    "People",
)
ACCOUNT_OF_PAYROLL = {
    "Sales": "6000",
    "Marketing": "6000",
    "Customer Success": "6030",
    "Support": "5100",
    "Engineering": "6100",
    "Product": "6100",
    "Finance": "6200",
    "People": "6200",
}
VENDORS = ("Nimbus Cloud", "Ledgerly", "Papertrail Payroll", "Brick & Desk", "Adspace")
HOSTING_VENDOR, TOOLS_VENDOR, RENT_VENDOR, ADS_VENDOR = "1", "2", "4", "5"
Line = tuple[str, float, str | None, str | None, str | None]  # account, debit, dept, class, vendor


@dataclass
class Ledger:
    """Posts journals; a line without an amount is left out, the rest sums to zero."""

    out: Delivery
    number: int = 0
    posted: list[str] = field(default_factory=list)

    def post(self, day: date, lines: list[Line], *, note: str) -> None:
        """One balanced journal; the last line takes what rounding leaves."""
        rounded = [(*line[:1], round(line[1], 2), *line[2:]) for line in lines]
        rounded = [line for line in rounded if line[1]]
        if not rounded:
            return
        rest = round(sum(line[1] for line in rounded[:-1]), 2)
        rounded[-1] = (*rounded[-1][:1], -rest, *rounded[-1][2:])
        self.number += 1
        moment = at(day, 20 * 3600)
        key = str(100_000 + self.number)
        self.posted.append(key)
        self._add(
            "journal_entry",
            moment,
            {
                "id": key,
                "transaction_date": day,
                "currency_id": "USD",
                "exchange_rate": 1.0,
                "adjustment": False,
                "private_note": note,
                "created_at": moment,
                "updated_at": moment,
                "_fivetran_deleted": False,
            },
        )
        for index, (account, amount, department, line_class, vendor) in enumerate(rounded):
            self._add(
                "journal_entry_line",
                moment,
                {
                    "journal_entry_id": key,
                    "index": index,
                    "account_id": account,
                    "amount": f"{abs(amount):.2f}",
                    "posting_type": "Debit" if amount > 0 else "Credit",
                    "class_id": line_class,
                    "department_id": _department_id(department),
                    "vendor_id": vendor,
                    "description": note,
                    "_fivetran_deleted": False,
                },
            )

    def _add(self, name: str, moment: datetime, row: Row) -> None:
        self.out.add(f"quickbooks.{name}", moment, {"_fivetran_synced": moment, **row})

    def delete(self, key: str, moment: datetime) -> None:
        """A journal that was posted by mistake and deleted later."""
        row = next(row for _, row in self.out.rows["quickbooks.journal_entry"] if row["id"] == key)
        self._add(
            "journal_entry", moment, {**row, "_fivetran_synced": moment, "_fivetran_deleted": True}
        )


def deliver_ledger(
    out: Delivery, books: Books, advertising: dict[date, float], *, horizon: Horizon
) -> None:
    """Every journal of the span, and what they refer to."""
    _deliver_reference(out, horizon)
    ledger = Ledger(out)
    months = list(horizon.months())
    level = {month: cost_level(books, months, month) for month in months}
    _open(ledger, books, horizon)
    for day in sorted({*books.invoiced, *books.received, *books.refunded, *books.written_off}):
        if horizon.start <= day <= horizon.last:
            _trade(ledger, books, day)
    for month in months:
        _close(ledger, books, month, horizon, level=level[month], ads=advertising.get(month, 0.0))
    if horizon.start < story.LOAN.starts <= horizon.last and horizon.tells(story.LOAN):
        amount = story.LOAN.size * level[story.LOAN.starts.replace(day=1)]
        lines: list[Line] = [
            ("1000", amount, None, None, None),
            ("2500", -amount, None, None, None),
        ]
        ledger.post(story.LOAN.starts, lines, note="Loan")
    _mistakes(ledger, horizon, level)


def cost_level(books: Books, months: list[date], month: date) -> float:
    """Revenue that cost is planned for: the mean of this month and the three that follow."""
    ahead = [m for m in months if month <= m][:4] or [month]
    full = [m for m in ahead if m != months[-1]] or ahead
    return sum(books.revenue(m) for m in full) / len(full)


def _deliver_reference(out: Delivery, horizon: Horizon) -> None:
    start = at(horizon.start, 6 * 3600)
    for number, (name, kind) in CHART.items():
        seen = start if number != "6999" else at(story.UNMAPPED_ACCOUNT_FROM, 6 * 3600)
        out.add(
            "quickbooks.account",
            seen,
            {
                "id": number,
                "_fivetran_synced": seen,
                "account_number": number,
                "name": name,
                "account_type": kind,
                "account_sub_type": None,
                "classification": None,
                "active": True,
                "currency_id": "USD",
                "_fivetran_deleted": False,
            },
        )
    names: dict[str, tuple[tuple[str, str], ...]] = {
        "class": tuple(CLASSES.items()),
        "department": tuple((str(n + 1), name) for n, name in enumerate(DEPARTMENTS)),
    }
    for kind, rows in names.items():
        for key, name in rows:
            out.add(
                f"quickbooks.{kind}",
                start,
                {
                    "id": key,
                    "_fivetran_synced": start,
                    "name": name,
                    "fully_qualified_name": name,
                    "active": True,
                    "_fivetran_deleted": False,
                },
            )
    for vendor, name in enumerate(VENDORS, start=1):
        out.add(
            "quickbooks.vendor",
            start,
            {
                "id": str(vendor),
                "_fivetran_synced": start,
                "display_name": name,
                "active": True,
                "_fivetran_deleted": False,
            },
        )


def _open(ledger: Ledger, books: Books, horizon: Horizon) -> None:
    cash = story.OPENING_CASH_MONTHS * books.revenue(horizon.end_on.replace(day=1))
    ledger.post(
        horizon.start,
        [
            ("1000", cash, None, None, None),
            ("1010", story.RESTRICTED_CASH, None, None, None),
            ("3000", -cash, None, None, None),
        ],
        note="Opening balance",
    )


def _trade(ledger: Ledger, books: Books, day: date) -> None:
    invoiced, tax = books.invoiced.get(day, 0.0), books.tax.get(day, 0.0)
    ledger.post(
        day,
        [
            ("1100", invoiced, None, None, None),
            ("2200", -tax, None, None, None),
            ("2100", tax - invoiced, None, None, None),
        ],
        note="Invoices",
    )
    received = books.received.get(day, 0.0)
    fee = received * story.PAYMENT_FEE
    ledger.post(
        day,
        [
            ("1000", received - fee, None, None, None),
            ("5300", fee, None, "1", None),
            ("1100", -received, None, None, None),
        ],
        note="Receipts",
    )
    refunded = books.refunded.get(day, 0.0)
    ledger.post(
        day,
        [("4000", refunded, None, "1", None), ("1000", -refunded, None, None, None)],
        note="Refunds",
    )
    lost = books.written_off.get(day, 0.0)
    ledger.post(
        day,
        [("6200", lost, "Finance", None, None), ("1100", -lost, None, None, None)],
        note="Uncollectible",
    )


def _close(
    ledger: Ledger, books: Books, month: date, horizon: Horizon, *, level: float, ads: float
) -> None:
    """A month's end: revenue earned, services, payroll, suppliers, tax."""
    last = first_of_month(month.year, month.month + 1) - timedelta(days=1)
    earned = {kind: by_month.get(month, 0.0) for kind, by_month in books.earned.items()}
    fees = earned.get("services", 0.0)
    ledger.post(
        last,
        [
            ("4000", -earned.get("subscription", 0.0), None, "1", None),
            ("4010", -earned.get("usage", 0.0), None, "1", None),
            ("4100", -fees, None, "2", None),
            ("2100", sum(earned.values()), None, None, None),
        ],
        note="Revenue earned",
    )
    retainers = story.SERVICES_SHARE * earned.get("subscription", 0.0)
    ledger.post(
        last,
        [("1000", retainers, None, None, None), ("4100", -retainers, None, "2", None)],
        note="Retainers",
    )
    delivery = (fees + retainers) * (1 - services_margin(month, horizon))
    payroll: list[Line] = [
        (ACCOUNT_OF_PAYROLL[department], share * level, department, None, None)
        for department, share in story.PAYROLL.items()
    ]
    payroll += [("5200", delivery, "Services", "2", None), ("1000", 0.0, None, None, None)]
    payroll[-1] = ("1000", -sum(line[1] for line in payroll), None, None, None)
    ledger.post(_working_day(last), payroll, note="Payroll")
    suppliers = [
        ("5000", story.HOSTING_SHARE, "Engineering", "1", HOSTING_VENDOR),
        ("6100", story.TOOLS_SHARE, "Engineering", None, TOOLS_VENDOR),
        ("6200", story.RENT_SHARE, "Finance", None, RENT_VENDOR),
        ("6020", story.COMMISSION_SHARE, "Sales", None, None),
    ]
    bills: list[Line] = [(a, s * level, d, c, v) for a, s, d, c, v in suppliers]
    bills.append(("6010", ads, "Marketing", None, ADS_VENDOR))
    if month >= story.UNMAPPED_ACCOUNT_FROM:
        bills.append(("6999", 0.004 * level, "People", None, None))
    owed = sum(line[1] for line in bills)
    ledger.post(last, [*bills, ("2000", -owed, None, None, None)], note="Suppliers")
    ledger.post(
        last + timedelta(days=15),
        [("2000", owed, None, None, None), ("1000", -owed, None, None, None)],
        note="Suppliers paid",
    )
    tax = sum(amount for day, amount in books.tax.items() if day.replace(day=1) == month)
    ledger.post(
        last + timedelta(days=20),
        [
            ("2200", tax, None, None, None),
            ("1000", -tax, None, None, None),
        ],
        note="Sales tax",
    )
    if last >= story.LOAN.starts and horizon.tells(story.LOAN):
        interest = 0.004 * level
        ledger.post(
            last,
            [
                ("7000", interest, "Finance", None, None),
                ("1000", -interest, None, None, None),
            ],
            note="Interest",
        )


def services_margin(month: date, horizon: Horizon) -> float:
    """Gross margin of services: flat, then rising through the story's year."""
    plan = story.SERVICES_MARGIN
    if not horizon.tells(plan):
        return story.SERVICES_MARGIN_BEFORE
    share = (month - plan.starts).days / (plan.ends.replace(day=1) - plan.starts).days
    lift = (plan.size - story.SERVICES_MARGIN_BEFORE) * min(1.0, max(0.0, share))
    return story.SERVICES_MARGIN_BEFORE + lift


def _mistakes(ledger: Ledger, horizon: Horizon, level: dict[date, float]) -> None:
    """Journals that somebody posted twice and then deleted."""
    for number in range(story.DIRT["deleted_journals"]):
        day = horizon.end_on - timedelta(days=70 + 35 * number)
        if day <= horizon.start:
            continue
        amount = 0.2 * level[day.replace(day=1)]
        ledger.post(
            day,
            [("6200", amount, "Finance", None, None), ("1000", -amount, None, None, None)],
            note="Posted twice",
        )
        ledger.delete(ledger.posted[-1], at(day + timedelta(days=9), 9 * 3600))


def _working_day(day: date) -> date:
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def _department_id(name: str | None) -> str | None:
    return str(DEPARTMENTS.index(name) + 1) if name else None
