"""Six kinds of error. Each concrete error has a stable code, a text and facts; the faces render them.

A text is an English source string for gettext with `%(name)s` fields that the facts fill; it is translated at the
edge, in the reader's language, never here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class Problem(Exception):
    """Something that a person or a program can be told. `facts` fill the text and are shown to programs."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = ""
    text: ClassVar[str] = ""
    words: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    """What a fact that is a code is called: fact → code → English source text. A program gets the code."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        self.facts = facts

    def __str__(self) -> str:
        try:
            return self.text % self.facts
        except (KeyError, ValueError, TypeError):
            return f"{self.code} {self.facts}"


class NotFound(Problem):
    """It does not exist here (or belongs to somebody else, which is the same answer)."""

    status = 404


class NotAllowed(Problem):
    """The actor lacks the permission."""

    status = 403


class NotPossible(Problem):
    """The facts have changed or do not permit it: sold out, already cancelled, in flight."""

    status = 409


class NotValid(Problem):
    """The input is wrong. `field` in the facts names where."""

    status = 422


class NotReady(Problem):
    """Not now: a dependency is away; trying again later is right."""

    status = 503


class Broken(Problem):
    """A fault of ours."""

    status = 500


class PermissionDenied(NotAllowed):
    code = "kit.permission_denied"
    text = "Your role does not include this. Ask an owner of your team if you need it."


class TransactionOpen(Broken):
    """A flow or a gateway was entered with an open transaction: a row lock would be held across an outside call."""

    code = "kit.transaction_open"
    text = "This step may not run inside an open transaction (%(step)s)."


class NoTransaction(Broken):
    code = "kit.no_transaction"
    text = "This step needs an open transaction."


class MalformedId(NotFound):
    code = "kit.malformed_id"
    text = "There is nothing under this address."


class StaleVersion(NotPossible):
    """The row was changed by somebody else since it was read (optimistic lock on `version`)."""

    code = "kit.stale_version"
    text = "Somebody else has changed this in the meantime. Look at how it stands now, then repeat the step."
