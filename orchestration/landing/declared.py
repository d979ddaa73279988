"""What a source says of itself: `config.meta` of dbt's source YAML, typed.

A field's words and what holds where nothing is said stand here and nowhere else;
CONTRIBUTING.md says what each is for. `contract.py` makes of it what is loaded and checked,
`told_to_dbt` what models read in place of names of sources.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from orchestration.faults import remedy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Bound = int | float | None
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What rows of staging models are called where keys are read from them.
_ROW = "spoken"
# What of a key says how its events are counted.
_COUNTED = ("model", "counted_by", "day", "count")


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Meta = TypeVar("Meta", bound=BaseModel)


class ColumnMeta(_Said):
    """What a column says."""

    required: bool = False
    empty: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    range: tuple[Bound, Bound] | None = None
    money: str | None = None
    pii: Literal["name", "email", "free_text", "identifier"] | None = None
    codes: str | None = None


class Trace(_Said):
    """By which keys of marts the rows of a staging model are found (decisions, L3).

    Each model of `join` is joined to the one before it: by the column that both have, by
    `left = right`, or by a condition in SQL. A key is a column of the last one, `key = column`,
    or `key = SQL`; the day is the staging model's, or `model.column`.
    """

    model: str
    day: str | None = None
    join: dict[str, str] = {}
    # Events are too many to be named one by one: how many there are of a file, or of its days.
    count: Literal["file", "day"] | None = None
    keys: tuple[str, ...] = ()
    # People, by the hash that marts know them by.
    hashed: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_keys(self) -> Trace:
        if not self.keys and not self.hashed:
            raise ValueError("name at least one key of marts in `keys` or `hashed`")
        return self

    @model_validator(mode="after")
    def _is_counted_by_a_column(self) -> Trace:
        if not self.count:
            return self
        if any(told["counted_by"] is None for told in self.told()):
            raise ValueError(
                "`count` takes a column of the staging model: by which `join` joins it, or "
                "that is the key"
            )
        if self.day and not _COLUMN.fullmatch(self.day):
            raise ValueError("with `count`, name in `day` a column of the staging model")
        return self

    def told(self) -> Iterator[dict[str, Any]]:
        """Its keys one by one, as the macro of `source_rows` takes them."""
        joins, last = [], _ROW
        column = None
        for model, condition in self.join.items():
            joins.append({"model": model, "on": _condition(last, model, condition)})
            if last == _ROW:
                column = _column_before(condition)
            last = model
        for is_hashed, keys in ((False, self.keys), (True, self.hashed)):
            for key in keys:
                name, _, value = (part.strip() for part in key.partition("="))
                yield {
                    "model": self.model,
                    "joins": joins,
                    "key": name,
                    "value": _qualified(last, value or name),
                    "is_hashed": is_hashed,
                    "day": self.day and _qualified(_ROW, self.day),
                    "count": self.count,
                    "counted_by": column if joins else _column_before(value or name),
                }


def _qualified(model: str, text: str) -> str:
    """A column with its model; any other SQL as it is."""
    return f"{model}.{text}" if _COLUMN.fullmatch(text) else text


def _condition(left: str, right: str, text: str) -> str:
    columns = [part.strip() for part in text.split("=")]
    if len(columns) <= 2 and all(map(_COLUMN.fullmatch, columns)):
        return f"{left}.{columns[0]} = {right}.{columns[-1]}"
    return text


def _column_before(text: str) -> str | None:
    """The column that is all there is before an equals sign, if there is one."""
    column = text.partition("=")[0].strip()
    return column if _COLUMN.fullmatch(column) else None


class Currency(_Said):
    """The staging model whose column `currency` says what amounts are in.

    Amounts of rows with a value in `converted_by` are in the reporting currency already.
    """

    model: str
    converted_by: str | None = None


class ObjectMeta(_Said):
    """What an object says."""

    load: Literal["append", "latest", "snapshot"]
    primary_key: tuple[str, ...] = Field(
        min_length=1, description="the columns that tell its rows apart"
    )
    needed: tuple[str, ...] = ()
    central: bool = False
    version_by: str | None = None
    event_time: str | None = None
    feeds: str | None = None
    unused: str | None = None
    # Conditions in SQL by their reasons: rows that meet one are set aside.
    rules: dict[str, str] = {}
    # Queries over `{batch}` by their reasons: a file of which one finds rows is refused.
    file_rules: dict[str, str] = {}
    currency: Currency | None = None
    trace: tuple[Trace, ...] = ()
    not_traced: str | None = None


class Timeline(_Said):
    """The staging models from which the timeline makes segments (decisions, T1 to T5).

    Of an id that several models of a list have, the first says what it is.
    """

    subscriptions: str = Field(description="the model of subscriptions as they stand")
    subscription_history: str | None = None
    subscription_versions: str = Field(description="the model of every delivered version of one")
    subscription_item_versions: str = Field(description="the model of their items, every version")
    prices: tuple[str, ...] = Field(min_length=1, description="the models of prices")
    products: tuple[str, ...] = ()
    coupons: tuple[str, ...] = ()
    discounts: tuple[str, ...] = ()


class Reconciliation(_Said):
    """The staging models of what was billed, paid and given back (decisions, L4)."""

    invoices: str = Field(description="the model of invoices")
    invoice_lines: str = Field(description="the model of their lines")
    payments: str = Field(description="the model of attempts to collect them")
    refunds: str = Field(description="the model of what was given back")


class Identities(_Said):
    """The staging model of its customers, and how they are found in other systems.

    By `id`: product and CRM name the customer; by `account`: the customer names its account; by
    `domain`: one that no other customer has.
    """

    customers: str = Field(description="their staging model")
    matched_by: tuple[Literal["id", "account", "domain"], ...] = Field(min_length=1)


class Billing(_Said):
    """What a source that feeds billing has to fill, each of it or why not (decisions, L8)."""

    amounts: Literal["minor", "major"]
    segments: str | None = None
    timeline: Timeline | None = Field(None, validate_default=True)
    not_reconciled: str | None = None
    reconciliation: Reconciliation | None = Field(None, validate_default=True)
    identities: Identities = Field(
        description="`customers`, their staging model, and `matched_by`, any of id, account, domain"
    )
    tested_by: str = Field(description="the file of the test that asks what its customers pay")

    @field_validator("timeline")
    @classmethod
    def _makes_segments(cls, value: Timeline | None, info: ValidationInfo) -> Timeline | None:
        if (value is None) == (info.data.get("segments") is None):
            raise ValueError(
                "name the models that the timeline reads, or in `segments` the one that makes "
                "segments without it"
            )
        if value and info.data.get("amounts") == "major":
            raise ValueError("its amounts are in the smallest unit of their currency: minor")
        return value

    @field_validator("reconciliation")
    @classmethod
    def _is_reconciled(
        cls, value: Reconciliation | None, info: ValidationInfo
    ) -> Reconciliation | None:
        if (value is None) == (info.data.get("not_reconciled") is None):
            raise ValueError(
                "name the models of invoices, invoice_lines, payments and refunds, or say in "
                "`not_reconciled` why there are none"
            )
        return value


class SourceMeta(_Said):
    """What a source says."""

    feeds: str | None = None
    collection: Literal["automatic", "manual"] = "automatic"
    billing: Billing | None = Field(None, validate_default=True)

    @field_validator("billing")
    @classmethod
    def _bills(cls, value: Billing | None, info: ValidationInfo) -> Billing | None:
        if (value is None) == (info.data.get("feeds") == "billing"):
            raise ValueError(
                "a source that feeds billing, and no other, says its amounts, timeline or "
                "segments, reconciliation or not_reconciled, identities and tested_by"
            )
        return value


def read_meta(
    kind: type[Meta], said: Mapping[str, Any], where: str, faults: list[str]
) -> Meta | None:
    """What `config.meta` says; None where it says what it should not, with its faults.

    Each fault names the place, the field, what was there and the remedy.
    """
    try:
        # As JSON a list is a tuple, and nothing is taken for what it is not.
        return kind.model_validate_json(json.dumps(said), strict=True)
    except ValidationError as error:
        told: list[tuple[str | int, ...]] = []
        for fault in error.errors():
            place = fault["loc"]
            # Of a list without an entry that can be used it is told already.
            if any(other[: len(place)] == place for other in told):
                continue
            told.append(place)
            there = json.dumps(fault["input"], ensure_ascii=False)
            is_said = fault["type"] != "missing" and fault["input"] is not None
            if fault["type"] == "value_error" and is_said:
                shown = "cannot be so"
            else:
                shown = f"is {there}" if is_said else "is not said"
            field = ".".join(map(str, place))
            faults.append(f"{where}: `{field}` {shown}; {remedy(fault, kind)}")
        return None


def told_to_dbt(
    sources: Mapping[str, SourceMeta], objects: Mapping[tuple[str, str], ObjectMeta]
) -> dict[str, list[Any]]:
    """What models ask for by the macro `declared`: lists by their names."""
    billing = {name: meta.billing for name, meta in sources.items() if meta.billing}
    traced = [key for meta in objects.values() for trace in meta.trace for key in trace.told()]
    told: dict[str, list[Any]] = {
        "traced": traced,
        # What is counted once for all keys that it is found by.
        "counted": [
            dict(zip(_COUNTED, said, strict=True))
            for said in dict.fromkeys(
                tuple(key[name] for name in _COUNTED) for key in traced if key["count"]
            )
        ],
        "currencies": [
            {
                "model": meta.currency.model,
                "converted_by": meta.currency.converted_by,
                "is_minor": source in billing and billing[source].amounts == "minor",
            }
            for (source, _), meta in objects.items()
            if meta.currency
        ],
        "billing_sources": [*billing],
        "invoiced_sources": [name for name, roles in billing.items() if roles.reconciliation],
        "segments": [roles.segments for roles in billing.values() if roles.segments],
        "customers": [
            {
                "source": name,
                "model": roles.identities.customers,
                "is_named": "id" in roles.identities.matched_by,
                # What is kept by hand says less of a customer than what bills it.
                "precedence": 2 if sources[name].collection == "manual" else 1,
            }
            for name, roles in billing.items()
        ],
    }
    for kind in (Timeline, Reconciliation):
        for role in kind.model_fields:
            told[role] = [
                {"source": name, "model": model, "earlier": models[:place]}
                for name, roles in billing.items()
                for models in (_models(roles, role),)
                for place, model in enumerate(models)
            ]
    return told


def _models(roles: Billing, role: str) -> list[str]:
    """The models of a role, in the order in which they count."""
    said = getattr(roles.timeline, role, None) or getattr(roles.reconciliation, role, None) or ()
    return [said] if isinstance(said, str) else [*said]
