"""A short form that was refused: what was typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import request

from app.domains.identity.errors import EmailNotValid
from app.faces.storefront.checkout_form import EMAIL_TEXT
from app.kit.errors import Problem
from app.kit.web import describe, scope

LONGEST = 300


@dataclass(frozen=True, slots=True)
class Form:
    """`values` as they were typed, none of them a secret; `errors` by field; `sentence` where no field is to blame.

    `part` says which of a page's forms it is."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""
    part: str = ""


def refused(problem: Problem, *shown: str, part: str = "", fields: tuple[str, ...] = ()) -> Form:
    """The form again. `shown`: the fields whose words come back; `fields`: all that an error may stand beside."""
    values = {name: request.form.get(name, "")[:LONGEST] for name in shown}
    name = str(problem.facts.get("field", ""))
    words = EMAIL_TEXT if isinstance(problem, EmailNotValid) else describe(problem, scope().locale)
    if name in (*shown, *fields):
        return Form(values, {name: words}, "", part)
    return Form(values, {}, words, part)


def wait_of(problem: Problem) -> dict[str, str]:
    """The header that says when the next try is taken."""
    return {"Retry-After": str(problem.facts["seconds"])} if "seconds" in problem.facts else {}
