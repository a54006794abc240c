"""Refunds that the provider refused: what is still owed to a shopper, and the step that asks once more."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from app.domains.escrow.flows import pay_back_again
from app.domains.orders.queries.refunds import list_stranded
from app.domains.payments.types import Refund
from app.faces.partner_console.frame import gettext, money, tell
from app.faces.partner_console.words import GATEWAYS
from app.kit.errors import NotFound, Problem
from app.kit.web import describe, scope, settle, unit

blueprint = Blueprint("refunds", __name__)


@blueprint.get("/refunds")
def list_all() -> str:
    return _page()


@blueprint.post("/refunds/<refund_id>/repetition")
def repeat(refund_id: str) -> Any:
    """Ask the provider again; pressed twice, the second finds what the first did."""
    try:
        refund = pay_back_again(scope(), refund_id)
    except Problem as problem:
        settle(commit=False)
        if isinstance(problem, NotFound) or problem.status in (401, 403) or problem.status >= 500:
            raise
        return _page(problem), problem.status
    tell(_told(refund), "warning" if refund.status == "failed" else "done")
    return redirect(url_for(".list_all"), 303)


def _told(refund: Refund) -> str:
    amount = money(refund.amount.amount_minor, refund.amount.currency)
    if refund.status == "succeeded":
        return gettext("%(amount)s were paid back.", amount=amount)
    if refund.status == "failed":
        return gettext("The provider refused the refund of %(amount)s again.", amount=amount)
    return gettext("%(amount)s are on their way back.", amount=amount)


def _page(problem: Problem | None = None) -> str:
    sentence = describe(problem, scope().locale) if problem else ""
    return render_template("refunds/list.html", stranded=list_stranded(unit()), gateways=GATEWAYS, sentence=sentence)
