"""Promotions: the list, one to change, to let run, to end, and to try on the carts that lie open."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from app.domains.catalogue.queries import list_categories
from app.domains.orders.queries.previews import preview_promotion
from app.domains.pricing import actions
from app.domains.pricing.queries import count_uses, get_promotion, list_batches, list_coupons, list_promotions
from app.domains.pricing.types import StoredPromotion
from app.faces.partner_console import promotion_form
from app.faces.partner_console.frame import gettext, storefront, tell
from app.kit.errors import NotValid, Problem
from app.kit.i18n import N_, language_name
from app.kit.web import describe, scope, settle, unit

blueprint = Blueprint("promotions", __name__)

SHOWN_CODES = 20


@blueprint.get("/promotions")
def list_all() -> str:
    status = next((code for code in promotion_form.STATUSES if code == request.args.get("status")), None)
    words = request.args.get("q", "")[:100]
    rows = list_promotions(unit(), status, words)
    return render_template("promotions/list.html", rows=rows, status=status, words=words, **_words())


@blueprint.get("/promotions/new")
def begin() -> str:
    return _form(None, promotion_form.shown(unit(), None))


@blueprint.post("/promotions")
def create() -> Any:
    """Keep it as a draft. Refused: the form as it was typed, each reason beside its field."""
    try:
        promotion_id = actions.create_promotion(unit(), promotion_form.read(unit(), request.form))
    except NotValid as problem:
        return _refused(None, problem)
    tell(gettext("The promotion is kept as a draft. Try it on open carts, then let it run."))
    return redirect(url_for("promotions.show", promotion_id=promotion_id), 303)


@blueprint.get("/promotions/<promotion_id>")
def show(promotion_id: str) -> str:
    promotion = get_promotion(unit(), promotion_id)
    return _form(promotion, promotion_form.shown(unit(), promotion))


@blueprint.post("/promotions/<promotion_id>")
def change(promotion_id: str) -> Any:
    promotion = get_promotion(unit(), promotion_id)
    try:
        given = promotion_form.read(unit(), request.form)
        has_changed = actions.change_promotion(unit(), promotion_id, given, _version())
    except Problem as problem:
        return _refused(promotion, problem)
    tell(gettext("The promotion is saved.") if has_changed else gettext("Nothing was different."))
    return redirect(url_for("promotions.show", promotion_id=promotion_id), 303)


@blueprint.post("/promotions/<promotion_id>/activation")
def activate(promotion_id: str) -> Any:
    return _move(promotion_id, actions.activate_promotion, N_("The promotion runs as its schedule says."))


@blueprint.post("/promotions/<promotion_id>/end")
def end(promotion_id: str) -> Any:
    return _move(promotion_id, actions.end_promotion, N_("The promotion has ended."))


@blueprint.get("/promotions/<promotion_id>/preview")
def preview(promotion_id: str) -> str:
    promotion = get_promotion(unit(), promotion_id)
    rows = preview_promotion(unit(), promotion_id)
    return render_template(
        "promotions/preview.html", promotion=promotion, rows=rows, reasons=promotion_form.REASONS, **_words()
    )


def _move(promotion_id: str, step: Any, told: str) -> Any:
    try:
        step(unit(), promotion_id, _version())
    except Problem as problem:
        settle(commit=False)
        if problem.status in (401, 403, 404) or problem.status >= 500:
            raise
        tell(describe(problem, scope().locale), "warning")
    else:
        tell(gettext(told))
    return redirect(url_for("promotions.show", promotion_id=promotion_id), 303)


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _refused(promotion: StoredPromotion | None, problem: Problem) -> tuple[str, int]:
    settle(commit=False)
    if problem.status in (401, 403, 404) or problem.status >= 500:
        raise problem
    wrong = promotion_form.fault_texts(problem) if isinstance(problem, NotValid) else {}
    if field := problem.facts.get("field"):
        wrong[str(field)] = problem.text
    sentence = describe(problem, scope().locale)
    return _form(promotion, promotion_form.typed(request.form), wrong, sentence), problem.status


def _form(
    promotion: StoredPromotion | None,
    values: dict[str, str],
    wrong: dict[str, str] | None = None,
    sentence: str = "",
) -> str:
    opened = unit()
    details: dict[str, Any] = {}
    if promotion is not None:
        details = {
            "uses": count_uses(opened, promotion.id),
            "codes": list_coupons(opened, promotion.id, limit=SHOWN_CODES) if promotion.given.needs_coupon else [],
            "batches": list_batches(opened, promotion.id) if promotion.given.needs_coupon else [],
        }
    return render_template(
        "promotions/show.html",
        promotion=promotion,
        values=values,
        wrong=wrong or {},
        sentence=sentence,
        languages={code: language_name(code) for code in storefront().locales},
        categories=list_categories(opened),
        groups=sorted({one.given.group for one in list_promotions(opened)} - {""}),
        zone=scope().time_zone,
        **details,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "kinds": promotion_form.KINDS,
        "benefits": promotion_form.BENEFITS,
        "payers": promotion_form.PAYERS,
        "statuses": promotion_form.STATUSES,
    }
