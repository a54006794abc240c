"""Many prices or stock levels at once: chosen rows, a preview of every change, then a report row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask import Blueprint, render_template, request

from app.domains.inventory import actions as inventory
from app.domains.inventory.queries import list_offers
from app.domains.inventory.types import OfferFilter, OfferRow
from app.domains.pricing import actions as pricing
from app.faces.partner_console.frame import manner
from app.faces.partner_console.offers import read_amount, read_count
from app.kit import i18n, ids
from app.kit.errors import MalformedId, NotValid, Problem, StaleVersion
from app.kit.i18n import N_
from app.kit.money import LARGEST, Money, digits
from app.kit.scope import Scope
from app.kit.web import describe, scope, settle, unit

blueprint = Blueprint("bulk", __name__)

MOST = 200
SMALLEST_PERCENT, LARGEST_PERCENT = Decimal(-90), Decimal(1000)
_PERCENT = re.compile(r"[+-]?[0-9]{1,4}(?:\.[0-9]{1,4})?")
OPERATIONS = {
    "raise": N_("Change prices by percent"),
    "price": N_("Set one price"),
    "stock": N_("Set stock on hand"),
}
ROUNDINGS = {
    "minor": N_("smallest unit"),
    "1": N_("whole amounts"),
    "5": N_("multiples of 5"),
    "10": N_("multiples of 10"),
}


class NothingChosen(NotValid):
    code = "partner_console.nothing_chosen"
    text = "Choose one or more rows first."


class TooManyChosen(NotValid):
    code = "partner_console.too_many_chosen"
    text = "At most %(most)s rows can be changed at once."


class PercentNotValid(NotValid):
    code = "partner_console.percent_not_valid"
    text = "Enter a percentage from %(smallest)s to %(largest)s, such as 5 or -12.5."


class OperationNotValid(NotValid):
    code = "partner_console.operation_not_valid"
    text = "Choose what to change."


class NoPriceYet(NotValid):
    code = "partner_console.no_price_yet"
    text = "This offer has no price that could be changed by percent."


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One row of a preview: what stands, what would, and `exact`, the amount in minor units before it was rounded.
    `sentence` says why the row is left out."""

    row: OfferRow
    before: int | None
    after: int | None
    version: int | None
    exact: Decimal | None = None
    sentence: str = ""

    @property
    def is_rounded(self) -> bool:
        return self.exact is not None and self.exact != self.after

    @property
    def exact_text(self) -> str:
        """The amount before rounding, with as many digits as it takes."""
        if self.exact is None:
            return ""
        return i18n.format_number((self.exact / 10 ** digits(self.row.currency)).normalize(), manner())

    @property
    def drops_compare_at(self) -> bool:
        """A compare-at price that would not be higher any more goes."""
        before = self.row.compare_at_minor
        return before is not None and before <= (self.after or 0)


@dataclass(frozen=True, slots=True)
class DoneChange:
    """One row of the report: `changed`, `unchanged`, or `refused` with the reason; what stood before, and after."""

    row: OfferRow
    outcome: str
    sentence: str = ""
    before: int | None = None
    after: int | None = None


@blueprint.post("/offers/preview")
def preview() -> Any:
    """What the change would do to every chosen row. Nothing is written."""
    opened = unit()
    rows = _chosen(opened)
    operation, problem = request.form.get("operation", ""), None
    planned: list[PlannedChange] = []
    try:
        planned = list(_plan(opened, operation, rows))
    except NotValid as refused:
        problem = refused
    page = render_template(
        "offers/preview.html",
        planned=planned,
        operation=operation,
        operations=OPERATIONS,
        roundings=ROUNDINGS,
        rows=rows,
        sentence=describe(problem, scope().locale) if problem else "",
    )
    return page, problem.status if problem else 200


@blueprint.post("/offers/changes")
def apply() -> Any:
    """Make the changes that the preview has shown, each with the version it was shown of; one that is refused
    leaves the others alone."""
    opened = unit()
    rows = _chosen(opened)
    operation = request.form.get("operation", "")
    if operation not in OPERATIONS:
        raise OperationNotValid(field="operation")
    # rows are locked in the order of their keys, as a checkout locks them
    made = {row.offer_id: _make(opened, operation, row) for row in sorted(rows, key=lambda row: row.offer_id)}
    done = [made[row.offer_id] for row in rows]
    return render_template("offers/report.html", done=done, operations=OPERATIONS, operation=operation)


def raised(amount_minor: int, percent: Decimal, step_minor: int) -> tuple[int, Decimal]:
    """An amount changed by percent: rounded to a multiple of `step_minor`, halves up; and what it was exactly."""
    exact = Decimal(amount_minor) * (100 + percent) / 100
    steps = (exact / step_minor).quantize(Decimal(1), ROUND_HALF_UP)
    return min(int(steps) * step_minor, LARGEST), exact


def step_of(rounding: str, currency: str) -> int:
    """The step of a rounding in minor units: `minor` is one, a number is so many whole units of the currency."""
    return 1 if rounding not in ROUNDINGS or rounding == "minor" else int(rounding) * 10 ** digits(currency)


def _chosen(opened: Scope) -> list[OfferRow]:
    """The chosen offers, in the order of the list. Raises `NothingChosen`, `TooManyChosen`."""
    chosen = dict.fromkeys(request.form.getlist("offer"))
    if len(chosen) > MOST:
        raise TooManyChosen(most=MOST)
    try:
        wanted = tuple(ids.check("off", one) for one in chosen)
    except MalformedId:
        raise NothingChosen() from None
    rows = list_offers(opened, OfferFilter(offer_ids=wanted or (ids.new("off"),)), limit=MOST).rows
    if not rows:
        raise NothingChosen()
    return list(rows)


def _plan(opened: Scope, operation: str, rows: list[OfferRow]) -> Iterator[PlannedChange]:
    value = request.form.get("value", "").strip()
    if operation == "raise":
        percent = _percent(value)
        for row in rows:
            yield _raise(row, percent, request.form.get("rounding", "minor"))
    elif operation == "price":
        amount = read_amount(value, rows[0].currency, manner(), "value")
        for row in rows:
            yield PlannedChange(row, row.price_minor, amount.amount_minor, row.price_version)
    elif operation == "stock":
        count = read_count(value)
        for row in rows:
            yield PlannedChange(row, row.on_hand, count, row.stock_version)
    else:
        raise OperationNotValid(field="operation")


def _raise(row: OfferRow, percent: Decimal, rounding: str) -> PlannedChange:
    if row.price_minor is None:
        return PlannedChange(row, None, None, None, sentence=describe(NoPriceYet(), scope().locale))
    after, exact = raised(row.price_minor, percent, step_of(rounding, row.currency))
    return PlannedChange(row, row.price_minor, after, row.price_version, exact)


def _percent(text: str) -> Decimal:
    plain = text.replace("−", "-").removesuffix("%").strip().replace(",", ".")
    limits = {"smallest": SMALLEST_PERCENT, "largest": LARGEST_PERCENT}
    if not _PERCENT.fullmatch(plain) or not SMALLEST_PERCENT <= Decimal(plain) <= LARGEST_PERCENT:
        raise PercentNotValid(field="value", **limits)
    return Decimal(plain)


def _make(opened: Scope, operation: str, row: OfferRow) -> DoneChange:
    """One change, with the amount and the version that the preview has shown. The actions refuse before they write."""
    try:
        after = read_count(request.form.get(f"after_{row.offer_id}", ""))
        shown = request.form.get(f"version_{row.offer_id}", "")
        version = read_count(shown) if shown else None
        if operation == "stock":
            has_changed = _count(opened, row, after, version)
        else:
            has_changed = _price(opened, row, after, version)
    except Problem as problem:
        if problem.status in (401, 403) or problem.status >= 500:
            settle(commit=False)
            raise
        return DoneChange(row, "refused", describe(problem, scope().locale))
    before = row.on_hand if operation == "stock" else row.price_minor
    return DoneChange(row, "changed" if has_changed else "unchanged", before=before, after=after)


def _price(opened: Scope, row: OfferRow, after: int, version: int | None) -> bool:
    if version is None and row.price_version is not None:
        raise StaleVersion()
    compare_at = Money(row.compare_at_minor, row.currency) if row.compare_at_minor is not None else None
    if compare_at is not None and compare_at.amount_minor <= after:
        compare_at = None
    return pricing.change_price(
        opened, row.offer_id, Money(after, row.currency), compare_at=compare_at, if_version=version
    )


def _count(opened: Scope, row: OfferRow, after: int, version: int | None) -> bool:
    if version is None and row.stock_version is not None:
        raise StaleVersion()
    reference = f"console:{opened.request_id}"
    return inventory.set_stock(opened, row.offer_id, after, reference=reference, if_version=version)
