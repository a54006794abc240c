"""Signing in, signing up, choosing a new password, signing out. What is said is the same for known and unknown."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domains.identity import flows, queries
from app.domains.identity.actions import shopper_sessions
from app.domains.identity.errors import ProofExpired
from app.faces.storefront import forms, shopper
from app.faces.storefront.forms import Form
from app.kit.errors import Problem
from app.kit.web import scope, settle, unit

blueprint = Blueprint("entrance", __name__)


@blueprint.get("/account/sign-in")
def show_sign_in() -> Any:
    """The form, also for who is signed in: what guards an account is changed shortly after a sign-in."""
    if shopper.is_signed_in() and "again" not in request.args:
        return redirect(shopper.way_on(), 303)
    email = shopper.session().email if shopper.is_signed_in() else ""
    return _page("sign_in", Form({"email": email}))


@blueprint.post("/account/sign-in")
def sign_in() -> Any:
    try:
        signed_in = flows.sign_in_shopper(
            scope(),
            request.form.get("email", ""),
            request.form.get("password", ""),
            shopper.device(),
            instead_of=shopper.token(),
        )
    except Problem as problem:
        return _refused("sign_in", problem, "email", fields=("password",))
    return shopper.sign_in(redirect(shopper.way_on(), 303), signed_in)


@blueprint.post("/account/sign-in/codes")
def ask_code() -> Any:
    """Have a code sent."""
    try:
        browser = flows.ask_code(scope(), request.form.get("email", ""), shopper.device())
    except Problem as problem:
        return _refused("sign_in", problem, "email")
    return _to_code(browser)


@blueprint.get("/account/sign-up")
def show_sign_up() -> Any:
    if shopper.is_signed_in():
        return redirect(url_for("account.show"), 303)
    return _page("sign_up", Form())


@blueprint.post("/account/sign-up")
def sign_up() -> Any:
    email, name = request.form.get("email", ""), request.form.get("name", "")
    try:
        browser = flows.sign_up(scope(), email, name, shopper.device())
    except Problem as problem:
        return _refused("sign_up", problem, "email", "name")
    return _to_code(browser, is_new=True)


@blueprint.get("/account/sign-in/code")
def show_code() -> Any:
    found = queries.find_asked(unit(), shopper.asked()) if shopper.asked() else None
    if found is None and not shopper.asked():
        return redirect(url_for(".show_sign_in"), 303)
    return _page("code", Form())


@blueprint.post("/account/sign-in/code")
def answer_code() -> Any:
    """The code of the letter; for a new account with a password of one's own, or without."""
    try:
        signed_in = flows.answer_code(
            scope(),
            shopper.asked(),
            request.form.get("code", ""),
            shopper.device(),
            password=request.form.get("new_password", ""),
            instead_of=shopper.token(),
        )
    except Problem as problem:
        return _refused("code", problem, fields=("code", "new_password"))
    return shopper.sign_in(redirect(shopper.way_on(), 303), signed_in)


@blueprint.get("/account/welcome/<link>")
def show_welcome(link: str) -> Any:
    """A link of a letter. Looking changes nothing: mail programs look."""
    return _link_page("welcome", link, "sign_up", Form())


@blueprint.post("/account/welcome/<link>")
def answer_link(link: str) -> Any:
    try:
        password = request.form.get("new_password", "")
        signed_in = flows.answer_link(scope(), link, shopper.device(), password=password, instead_of=shopper.token())
    except Problem as problem:
        return _link_page("welcome", link, "sign_up", forms.refused(problem, fields=("new_password",)), problem)
    return shopper.sign_in(redirect(url_for("account.show"), 303), signed_in)


@blueprint.get("/account/new-password")
def show_reset() -> Any:
    return _page("reset", Form())


@blueprint.post("/account/new-password")
def ask_reset() -> Any:
    try:
        flows.ask_reset(scope(), request.form.get("email", ""), shopper.device())
    except Problem as problem:
        return _refused("reset", problem, "email")
    return redirect(url_for(".show_reset", sent=1), 303)


@blueprint.get("/account/new-password/<link>")
def show_new_password(link: str) -> Any:
    return _link_page("new_password", link, "reset", Form())


@blueprint.post("/account/new-password/<link>")
def reset_password(link: str) -> Any:
    try:
        signed_in = flows.reset_password(
            scope(), link, request.form.get("new_password", ""), shopper.device(), instead_of=shopper.token()
        )
    except Problem as problem:
        return _link_page("new_password", link, "reset", forms.refused(problem, fields=("new_password",)), problem)
    return shopper.sign_in(redirect(url_for("account.show"), 303), signed_in)


@blueprint.post("/account/sign-in/passkeys/challenge")
def ask_passkey() -> Response:
    """What the page's script hands to the device."""
    options = flows.ask_passkey(scope(), shopper.site(), shopper.device())
    return Response(options, content_type="application/json", headers={"Cache-Control": "no-store"})


@blueprint.post("/account/sign-in/passkeys")
def sign_in_by_passkey() -> Any:
    answer = request.form.get("credential", "")
    try:
        signed_in = flows.sign_in_by_passkey(
            scope(), shopper.site(), answer, shopper.device(), instead_of=shopper.token()
        )
    except Problem as problem:
        return _refused("sign_in", problem)
    return shopper.sign_in(redirect(shopper.way_on(), 303), signed_in)


@blueprint.post("/account/sign-out")
def sign_out() -> Any:
    if shopper.is_signed_in():
        shopper_sessions.sign_out_shopper(unit(), shopper.token())
    return shopper.forget(redirect(url_for("home.show"), 303))


def _to_code(browser: str, *, is_new: bool = False) -> Response:
    answer = redirect(url_for(".show_code", new=1 if is_new else None, next=request.args.get("next")), 303)
    shopper.keep(answer, shopper.ASKED, browser, shopper.ASKED_AGE_S)
    return answer


def _page(name: str, form: Form, status: int = 200, **values: Any) -> Response:
    page = render_template(f"entrance/{name}.html", form=form, next=request.args.get("next"), **values)
    answer = Response(page, status, content_type="text/html; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _refused(name: str, problem: Problem, *shown: str, fields: tuple[str, ...] = ()) -> Response:
    settle(commit=False)
    if problem.status >= 500:
        raise problem
    answer = _page(name, forms.refused(problem, *shown, fields=fields), problem.status)
    answer.headers.update(forms.wait_of(problem))
    return answer


def _link_page(name: str, link: str, purpose: str, form: Form, problem: Problem | None = None) -> Response:
    """The page of a link, or that it is not valid any more."""
    settle(commit=False)
    found = queries.find_link(unit(), link)
    if found is None or found.purpose != purpose:
        raise ProofExpired()
    return _page(name, form, problem.status if problem else 200, link=link, email=found.email)
