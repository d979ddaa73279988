"""The pages of one home: which there are, and each of them as HTML.

A page is made of what is published and, where steps are shown, of acts that lie in the landing.
It is rendered once for each version and kept until another is published.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from orchestration.act.acts import PREFIX, SOURCE, list_open
from orchestration.pages import addresses, charts
from orchestration.report.movers import what_happened
from orchestration.report.names import account_owner_names, company_names, owner_names
from orchestration.report.published import open_published, rows_of
from orchestration.report.words import (
    STATUSES,
    format_change,
    format_period,
    format_value,
    state_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb

    from orchestration.settings import Settings

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
# How sentences begin that stand on cards; the number beside them says the first one.
ON_CARDS = (
    "Customers:",
    "Beyond their share:",
    "Drivers:",
    "Overdue:",
    "To be done:",
    "Being done:",
)
SLICES_ON_CARDS = 2
# Pages that are kept rendered; a site of a few hundred customers fits.
KEPT = 1024
CUSTOMERS = "select customer_id from core.dim_customers order by 1"
GENERAL = """
select
    max(snapshot_on) as as_of, any_value(company_score) as score,
    any_value(company_status) as status, upper(max(currency)) as currency
from audiences.executive_scorecard
"""


class NoSuchPageError(Exception):
    """The site has no such page; the message says what was looked for."""


@dataclass(frozen=True)
class Version:
    """A published version, kept open while its pages are asked for."""

    path: Path
    connection: duckdb.DuckDBPyConnection
    general: dict[str, Any]

    @property
    def name(self) -> str:
        """The folder that it was published in."""
        return self.path.parent.name


class Site:
    """Renders pages of what a home has published."""

    def __init__(
        self,
        settings: Settings,
        *,
        can_act: bool = False,
        is_server: bool = False,
        is_alone: bool = False,
    ) -> None:
        """A site of a home; with forms to act where somebody may.

        Pages of a server lead to the documentation that it serves beside them; one that is sent
        alone carries its looks along, and no way to others but its links.
        """
        self.settings = settings
        self.can_act = can_act
        self.is_server = is_server
        self.is_alone = is_alone
        self._lock = threading.Lock()
        self._version: Version | None = None
        self._rendered: OrderedDict[tuple[str, str, str], str] = OrderedDict()
        self._known: dict[str, Any] = {}
        self._rendering: dict[tuple[str, str, str], threading.Lock] = {}

    def version(self) -> Version:
        """What is published now; the one before is closed when another has taken its place."""
        path = self.settings.serving_path.resolve()
        with self._lock:
            if self._version is None or self._version.path != path:
                connection = open_published(self.settings)
                # Pages ask many small queries side by side: more threads for each cost a fifth.
                connection.execute("set threads = 1")
                general = rows_of(connection, GENERAL)[0]
                self._version = Version(path, connection, general)
                self._rendered.clear()
                self._known.clear()
            return self._version

    def ask(self, query: str, **parameters: object) -> list[dict[str, Any]]:
        """Rows of what is published."""
        with self.version().connection.cursor() as cursor:
            return rows_of(cursor, query, parameters)

    def column(self, query: str) -> list[Any]:
        """The first column of what is asked."""
        return [next(iter(row.values())) for row in self.ask(query)]

    def once(self, name: str, read: Callable[[], Any]) -> Any:  # noqa: ANN401
        """What many pages need: read once for a version."""
        self.version()
        if name not in self._known:
            self._known[name] = read()
        return self._known[name]

    def open_steps(self) -> list[dict[str, Any]]:
        """Open steps, what is to return most first, with acts that are not published yet."""
        rows: list[dict[str, Any]] = self.once(
            f"steps {self.acts()}", lambda: list_open(self.settings)
        )
        return rows

    def acts(self) -> str:
        """The newest act in the landing: a page that shows steps is rendered anew after it."""
        folder = self.settings.landing_dir / SOURCE / "action_log"
        return max((path.name for path in folder.glob(f"{PREFIX}*.csv")), default="")

    @cached_property
    def persons(self) -> Mapping[str, str]:
        """Who stands behind a role."""
        return owner_names(self.settings)

    @property
    def customers(self) -> Mapping[str, str]:
        """Every customer's id by the address of its page."""
        found: Mapping[str, str] = self.once(
            "customers", lambda: {addresses.customer(id_): id_ for id_ in self.column(CUSTOMERS)}
        )
        return found

    def company_name(self, customer_id: str) -> str | None:
        """What a customer is called; None where that may not be shown."""
        names: Mapping[tuple[str, str], str] = self.once(
            "companies", lambda: company_names(self.settings)
        )
        return names.get(("customer", customer_id))

    def customer_name(self, customer_id: str) -> str:
        """A customer as readers know it: its name where that may be shown, else its id."""
        return self.company_name(customer_id) or customer_id

    def render(
        self, page: str, template: str, read: Callable[[], Mapping[str, Any]], *, key: str = ""
    ) -> str:
        """A page: kept, or made of what `read` gives.

        Args:
            page: Its address.
            template: Which of `templates/`.
            read: Gives what the template needs; is asked only where the page is not kept.
            key: What else the page depends on, than the version.
        """
        version = self.version()
        wanted = (version.name, page, key)
        # Many who ask at once for a page that nobody has asked for wait for one rendering.
        with self._lock:
            rendering = self._rendering.setdefault(wanted, threading.Lock())
        with rendering:
            with self._lock:
                if wanted in self._rendered:
                    self._rendered.move_to_end(wanted)
                    return self._rendered[wanted]
            try:
                return self._render(wanted, version, template, read)
            finally:
                with self._lock:
                    self._rendering.pop(wanted, None)

    def _render(
        self,
        wanted: tuple[str, str, str],
        version: Version,
        template: str,
        read: Callable[[], Mapping[str, Any]],
    ) -> str:
        """Make a page and keep it."""
        page = wanted[1]
        html = self._environment.get_template(template).render(
            page=page,
            version=version,
            general=version.general,
            can_act=self.can_act,
            is_server=self.is_server,
            is_alone=self.is_alone,
            link=lambda address: addresses.relative(address, page),
            **read(),
        )
        with self._lock:
            self._rendered[wanted] = html
            while len(self._rendered) > KEPT:
                self._rendered.popitem(last=False)
        return html

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {
            "value": format_value,
            "change": format_change,
            "words": lambda text: str(text).replace("_", " "),
            "status": lambda status: STATUSES.get(status, status),
            "money": lambda amount: "–" if amount is None else format_value(amount, "currency"),
            "customer": self.customer_name,
            "role": self._role,
            "owner": self._owner,
            "account_owner": self._account_owner,
            "happened": what_happened,
            "pill": status_pill,
            "telling": telling_sentences,
        }
        environment.globals |= {
            "to": addresses,
            "looks": read_looks,
            "period": format_period,
            "why_none": state_words,
            "bar": charts.bar,
            "interval": charts.interval,
        }
        return environment

    def _owner(self, step: Mapping[str, Any]) -> str:
        """Whose a step is: the account owner, where known and shown, else the role."""
        return self._account_owner(step["account_owner"]) or self._role(step["owner_role"])

    def _account_owner(self, owner: str | None) -> str | None:
        names = self.once("account owners", lambda: account_owner_names(self.settings))
        found: str | None = names.get(owner)
        return found

    def _role(self, role: str | None) -> str:
        """A role, and who stands behind it."""
        if role is None:
            return "–"
        words = role.replace("_", " ")
        person = self.persons.get(role)
        return f"{person}, {words}" if person else words


def read_looks(name: str) -> Markup:
    """The looks of pages, for one that carries them along."""
    return Markup((STATIC / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def split_sentences(text: str | None) -> list[str]:
    """The sentences of a text that a metric is told in; a point within a number ends none."""
    return re.split(r"(?<=\.)\s+(?=[A-Z])", text or "")


def status_pill(status: str | None) -> Markup:
    """A status as a word with a form of its own, so that it is not told by colour alone."""
    if status in (None, "no_value", "no_target"):
        return Markup("")
    return Markup('<span class="pill {}">{}</span>').format(
        status.replace("_", "-"), STATUSES.get(status, status.replace("_", " "))
    )


def telling_sentences(text: str | None) -> list[str]:
    """Those that a card has room for: who and what made it, and what is done about it."""
    return [
        shorten_slices(sentence)
        for sentence in split_sentences(text)[1:]
        if sentence.startswith(ON_CARDS)
    ]


def shorten_slices(sentence: str) -> str:
    """The first slices that are beyond their share, and how many more; the rest is told in full."""
    before, beyond, told = sentence.partition("eyond their share: ")
    if not beyond:
        return sentence
    slices, _, _ = told.partition("; ")
    named = re.findall(r"[^(]+\([^)]*\)", slices)
    if len(named) <= SLICES_ON_CARDS:
        return sentence
    kept = ", ".join(part.strip(" ,") for part in named[:SLICES_ON_CARDS])
    return f"{before}{beyond}{kept} and {len(named) - SLICES_ON_CARDS} more."
