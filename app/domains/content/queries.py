"""What letters look like, before any is sent."""

from __future__ import annotations

from app.domains.content import rules
from app.domains.content.types import ACCOUNT_LETTERS, AccountFacts, Rendered
from app.domains.tenancy.queries.brands import get_brand
from app.kit.i18n import N_, text, translator
from app.kit.scope import Scope, document_query

SAMPLE = {"email": "name@example.com", "code": "482 915", "link": "sample"}
SAMPLE_NAME = N_("Your name")


@document_query("tenancy.view")
def preview_letter(scope: Scope, kind: str, locale: str) -> Rendered | None:
    """A letter about an account in a language, filled with a sample; None for a kind that does not exist."""
    if kind not in ACCOUNT_LETTERS:
        return None
    brand = get_brand(scope)
    name = text(brand.name, locale)
    home = scope.storefront.origin if scope.storefront else ""
    facts = AccountFacts(name=translator(locale).gettext(SAMPLE_NAME), brand=name, address=home, **SAMPLE)
    letter = rules.account_letter(kind, facts, locale, brand.legal_name)
    return Rendered(letter.subject, rules.to_html(letter, rules.dress_of(name, brand.tokens)), rules.to_text(letter))
