"""What guards a shopper's account: password, address of the mailbox, passkeys, sessions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domains.identity import flows, queries
from app.domains.identity.actions import passkeys, shopper_sessions
from app.domains.identity.errors import SignInAgain
from app.faces.storefront import account, forms, presentation, shopper
from app.faces.storefront.forms import Form
from app.kit.errors import Problem
from app.kit.web import scope, settle, unit

blueprint = Blueprint("security", __name__)
blueprint.before_request(account.let_shoppers_pass)
blueprint.after_request(account.keep_out_of_caches)


@blueprint.get("/account/security")
def show() -> str:
    return _page(Form())


@blueprint.post("/account/security/password")
def change_password() -> Any:
    current, new = request.form.get("password", ""), request.form.get("new_password", "")
    try:
        flows.change_shopper_password(scope(), current, new, shopper.session())
    except Problem as problem:
        return _refused("password", problem, "password", "new_password")
    return _back()


@blueprint.post("/account/security/email")
def ask_new_email() -> Any:
    try:
        browser = flows.ask_new_email(scope(), request.form.get("email", ""), shopper.device(), shopper.session())
    except Problem as problem:
        return _refused("email", problem, "email")
    answer = redirect(url_for(".show", asked=1, _anchor="email"), 303)
    shopper.keep(answer, shopper.ASKED, browser, shopper.ASKED_AGE_S)
    return answer


@blueprint.post("/account/security/email/code")
def answer_new_email() -> Any:
    try:
        flows.answer_new_email(scope(), shopper.asked(), request.form.get("code", ""))
    except Problem as problem:
        return _refused("email", problem, "code")
    answer = _back()
    shopper.drop(answer, shopper.ASKED)
    return answer


@blueprint.post("/account/security/passkeys/challenge")
def begin_passkey() -> Response:
    """What the page's script hands to the device."""
    options = flows.begin_passkey(scope(), shopper.site(), _brand(), shopper.session())
    return Response(options, content_type="application/json")


@blueprint.post("/account/security/passkeys")
def keep_passkey() -> Any:
    answer = request.form.get("credential", "")
    try:
        flows.keep_passkey(scope(), shopper.site(), answer, shopper.device(), shopper.session())
    except Problem as problem:
        return _refused("passkeys", problem)
    return _back()


@blueprint.post("/account/security/passkeys/<passkey_id>/removal")
def remove_passkey(passkey_id: str) -> Response:
    passkeys.remove_passkey(unit(), passkey_id)
    return _back()


@blueprint.post("/account/security/sessions/<session_id>/end")
def end_session(session_id: str) -> Response:
    shopper_sessions.end_shopper_session(unit(), session_id)
    return _back()


@blueprint.post("/account/security/sessions/end")
def end_all_sessions() -> Response:
    shopper_sessions.end_all_shopper_sessions(unit())
    return shopper.forget(redirect(url_for("home.show"), 303))


def _back() -> Response:
    return redirect(url_for(".show"), 303)


def _brand() -> str:
    return presentation.words(presentation.section("brand").get("name", {})) or shopper.site().host


def _page(form: Form) -> str:
    asked = queries.find_asked(unit(), shopper.asked()) if shopper.asked() else None
    return render_template(
        "account/security.html",
        form=form,
        profile=queries.get_profile(unit()),
        sessions=queries.list_shopper_sessions(unit()),
        passkeys=queries.list_passkeys(unit()),
        present=shopper.session().session_id,
        asked=asked.email if asked is not None and asked.purpose == "new_email" else "",
    )


def _refused(part: str, problem: Problem, *fields: str) -> Any:
    settle(commit=False)
    if problem.status >= 500:
        raise problem
    if isinstance(problem, SignInAgain):
        return redirect(url_for("entrance.show_sign_in", again=1, next="/account/security"), 303)
    shown = [name for name in fields if name == "email"]
    page = _page(forms.refused(problem, *shown, part=part, fields=fields))
    return page, problem.status, forms.wait_of(problem)
