"""How searches are guided: what was searched in vain, words for each other, searches that lead to a page."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from app.domains.search import actions, queries
from app.faces.partner_console.frame import gettext, storefront, tell
from app.kit.errors import Problem
from app.kit.i18n import N_, language_name
from app.kit.web import describe, scope, settle, unit

blueprint = Blueprint("search", __name__)

MOST_MISSES = 50
_PARTED = re.compile(r"[,;،、，；\n]+")


@blueprint.get("/search")
def show() -> str:
    """`?word=…&language=…` fills the forms in: it is how one comes from a search that found nothing."""
    return _page()


@blueprint.post("/search/synonyms")
def add_synonyms() -> Any:
    words = [word for word in _PARTED.split(request.form.get("words", "")) if word.strip()]
    try:
        actions.save_synonyms(unit(), _language(), words, is_two_way=request.form.get("direction", "both") != "one")
    except Problem as problem:
        return _refused("synonyms", problem)
    tell(gettext(N_("The synonyms are saved. Searches follow them at once.")))
    return redirect(url_for("search.show") + "#synonyms", 303)


@blueprint.post("/search/synonyms/<synonyms_id>/remove")
def remove_synonyms(synonyms_id: str) -> Any:
    actions.remove_synonyms(unit(), synonyms_id, if_version=_version())
    tell(gettext(N_("The synonyms are removed.")))
    return redirect(url_for("search.show") + "#synonyms", 303)


@blueprint.post("/search/redirects")
def add_redirect() -> Any:
    try:
        actions.save_redirect(unit(), _language(), request.form.get("query", ""), request.form.get("path", ""))
    except Problem as problem:
        return _refused("redirects", problem)
    tell(gettext(N_("The redirect is saved. Searches follow it at once.")))
    return redirect(url_for("search.show") + "#redirects", 303)


@blueprint.post("/search/redirects/<redirect_id>/remove")
def remove_redirect(redirect_id: str) -> Any:
    actions.remove_redirect(unit(), redirect_id, if_version=_version())
    tell(gettext(N_("The redirect is removed.")))
    return redirect(url_for("search.show") + "#redirects", 303)


def _refused(part: str, problem: Problem) -> Any:
    settle(commit=False)
    if problem.status not in (409, 422):
        raise problem
    sentence = describe(problem, scope().locale)
    return _page(part=part, sentence=sentence, field=str(problem.facts.get("field", ""))), problem.status


def _page(*, part: str = "", sentence: str = "", field: str = "") -> str:
    opened = unit()
    return render_template(
        "search/show.html",
        misses=queries.list_misses(opened, MOST_MISSES),
        synonyms=queries.list_synonyms(opened),
        redirects=queries.list_redirects(opened),
        languages={code: language_name(code) for code in storefront().locales},
        chosen=request.form.get("language") or request.args.get("language") or scope().locale,
        word=request.args.get("word", "")[:200],
        given=request.form,
        part=part,
        sentence=sentence,
        field=field,
    )


def _language() -> str:
    return request.form.get("language", "")


def _version() -> int | None:
    given = request.form.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
