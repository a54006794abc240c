"""The hosted page, where the shopper pays, declines or cancels. Works without script."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request

from .behaviours import Script
from .calls import Call, Provider, perform
from .errors import Refused
from .payments import Done, browser_return_url, get_payment, not_valid, pay, scope_of
from .words import LANGUAGES, WORDS, amount_text, direction


def page_language() -> str:
    """The language asked for by `?lang=`, else the browser's, else English."""
    asked = request.args.get("lang", "")
    return asked if asked in WORDS else request.accept_languages.best_match(list(WORDS), "en")


def page(template: str, status: int = 200, **facts: object) -> Response:
    language = page_language()
    html = render_template(
        template, words=WORDS[language], language=language, languages=LANGUAGES, direction=direction(language), **facts
    )
    return make_response(html, status)


def hosted(provider: Provider) -> Blueprint:
    """The blueprint of the pages under /pay."""
    blueprint = Blueprint("hosted", __name__, url_prefix="/pay")

    @blueprint.errorhandler(Refused)
    def refused_page(refused: Refused) -> Response:
        return page("message.html", refused.status, message="not_found" if refused.status == 404 else "failed")

    @blueprint.get("/<payment_id>")
    def show_page(payment_id: str) -> Response:
        with provider.store.unit() as db:
            payment = get_payment(db, payment_id)
        amount = amount_text(payment["amount_minor"], payment["currency"], page_language())
        return page("pay.html", payment=payment, amount=amount, back_url=browser_return_url(payment))

    @blueprint.post("/<payment_id>")
    def post_choice(payment_id: str) -> Response:
        choice = request.form.get("choice", "")
        if choice not in ("pay", "decline", "cancel"):
            raise not_valid("choice is pay, decline or cancel")
        with provider.store.unit() as db:
            payment = get_payment(db, payment_id)

        def render(done: Done, script: Script) -> Response:
            late = script.get("late")
            if late is not None and late["drop_return"]:
                return page("message.html", 200, message=done.body["status"], close=True)
            return make_response(redirect(browser_return_url(payment), 303))

        return perform(
            provider,
            Call("pay", lambda db: scope_of(payment)),
            lambda db, script: pay(db, payment_id, choice, script, provider.public_url),
            render,
        )

    return blueprint
