"""Codes of a promotion: one by one, many by a job, and all as a file."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app.domains.pricing import actions
from app.domains.pricing.queries import get_promotion, get_promotion_of, list_coupons
from app.domains.pricing.queries.coupons import MOST_EXPORTED
from app.faces.partner_console.frame import gettext, ngettext, tell
from app.faces.partner_console.promotion_form import fault_texts
from app.kit.errors import NotValid, Problem
from app.kit.web import describe, scope, settle, unit

blueprint = Blueprint("coupons", __name__)


@blueprint.post("/promotions/<promotion_id>/coupons")
def add(promotion_id: str) -> Any:
    """A code of one's own."""
    code = request.form.get("coupon", "")[:60]
    return _done(
        promotion_id, lambda: actions.add_coupon(unit(), promotion_id, code, _limit()), gettext("The code is added.")
    )


@blueprint.post("/promotions/<promotion_id>/coupon-batches")
def order(promotion_id: str) -> Any:
    """Let a job make many codes."""
    text = request.form.get("wanted", "").strip()
    wanted = int(text) if text.isdecimal() and len(text) < 9 else 0
    told = ngettext("%(count)s code is being made.", "%(count)s codes are being made.", wanted)
    prefix = request.form.get("prefix", "")[:20]
    return _done(promotion_id, lambda: actions.order_codes(unit(), promotion_id, wanted, prefix, _limit()), told)


@blueprint.post("/coupons/<coupon_id>")
def change(coupon_id: str) -> Any:
    """Take a code back, or give it out again."""
    promotion_id = get_promotion_of(unit(), coupon_id)
    is_active = request.form.get("is_active") == "1"
    told = gettext("The code may be used again.") if is_active else gettext("The code is taken back.")
    return _done(promotion_id, lambda: actions.set_coupon_active(unit(), coupon_id, is_active), told)


@blueprint.get("/promotions/<promotion_id>/coupons.csv")
def export(promotion_id: str) -> Response:
    """The codes with how often each was used. Codes are letters, figures and hyphens: nothing in them is a formula."""
    opened = unit()
    promotion = get_promotion(opened, promotion_id)
    found = list_coupons(opened, promotion_id, batch_id=request.args.get("batch") or None, limit=MOST_EXPORTED)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["code", "usage_limit", "used", "active"])
    for one in found:
        writer.writerow([_safe(one.code), one.usage_limit or "", one.used_count, "yes" if one.is_active else "no"])
    answer = Response(text.getvalue(), content_type="text/csv; charset=utf-8")
    name = "".join(
        letter for letter in promotion.given.code if letter.isascii() and (letter.isalnum() or letter in "-_")
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="coupons-{name or "codes"}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _safe(code: str) -> str:
    """A code of one's own may begin with what a spreadsheet takes for a formula."""
    return f"'{code}" if code[:1] in "=+-@\t\r" else code


def _limit() -> int | None:
    text = request.form.get("coupon_limit", "").strip()
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _done(promotion_id: str, step: Any, told: str) -> Any:
    get_promotion(unit(), promotion_id)
    try:
        step()
    except Problem as problem:
        settle(commit=False)
        if problem.status in (401, 403, 404) or problem.status >= 500:
            raise
        texts = list(fault_texts(problem).values()) if isinstance(problem, NotValid) else []
        tell(gettext(texts[0]) if texts else describe(problem, scope().locale), "warning")
    else:
        tell(told)
    return redirect(f"{url_for('promotions.show', promotion_id=promotion_id)}#codes", 303)
