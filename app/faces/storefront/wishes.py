"""The wish list: a guest's lies behind a token in a cookie, a shopper's behind the session."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domains.orders.actions import taking_over
from app.domains.orders.queries.own import list_wishes
from app.domains.search import queries as search
from app.faces.storefront import carts
from app.kit.web import unit

blueprint = Blueprint("wishes", __name__)

COUNT = "wish_count"
"""How many products are on the list, for the page's script only: it asks for them where there are any."""


@blueprint.get("/wish-list")
def show() -> Response:
    page = render_template("wishes/show.html", cards=search.list_cards(unit(), list_wishes(unit(), read_token())))
    return _unkept(Response(page, content_type="text/html; charset=utf-8"))


@blueprint.get("/wish-list/items")
def list_items() -> Response:
    """The products' ids, for the script that marks the hearts."""
    return _unkept(jsonify(list_wishes(unit(), read_token())))


@blueprint.post("/wish-list/items")
def keep() -> Response:
    token = taking_over.keep_wish(unit(), read_token(), request.form.get("product", ""))
    answer = _answer(token)
    if token:
        answer.set_cookie(_name(), token, max_age=carts.COOKIE_AGE_S, httponly=True, **_guards())
    return answer


@blueprint.post("/wish-list/items/removal")
def drop() -> Response:
    """Take a product off; one that is gone already is no error."""
    taking_over.drop_wish(unit(), read_token(), request.form.get("product", ""))
    return _answer(read_token())


def read_token() -> str | None:
    return request.cookies.get(_name())


def forget(answer: Response) -> None:
    answer.delete_cookie(_name(), httponly=True, **_guards())
    answer.delete_cookie(COUNT, **_guards())


def keep_count(answer: Response, count: int) -> None:
    if count:
        answer.set_cookie(COUNT, str(count), max_age=carts.COOKIE_AGE_S, **_guards())
    else:
        answer.delete_cookie(COUNT, **_guards())


def _answer(token: str | None) -> Response:
    """For the page's script nothing but that it is done; else the list."""
    is_script = request.headers.get("X-Fragment") == "wish"
    answer = Response(status=204) if is_script else redirect(url_for(".show"), 303)
    keep_count(answer, len(list_wishes(unit(), token)))
    return _unkept(answer)


def _unkept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _name() -> str:
    return "__Host-wishes" if current_app.config["SESSION_COOKIE_SECURE"] else "wishes"


def _guards() -> dict[str, object]:
    return {"path": "/", "secure": current_app.config["SESSION_COOKIE_SECURE"], "samesite": "Lax"}
