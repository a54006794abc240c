"""The brand that a scope's storefront shows, and where its firm is at home, from its applied document."""

from __future__ import annotations

from app.domains.tenancy.types import Brand
from app.kit.scope import PUBLIC, Scope, document_query


@document_query(PUBLIC)
def get_brand(scope: Scope) -> Brand:
    """Name, tagline, tokens, pictures and legal name; empty where the document does not say."""
    document = scope.storefront.document if scope.storefront else {}
    brand = document.get("brand", {})
    return Brand(
        name=brand.get("name", {}),
        tagline=brand.get("tagline", {}),
        tokens=brand.get("tokens", {}),
        logo=brand.get("logo", ""),
        mark=brand.get("mark", ""),
        legal_name=document.get("legal_entity", {}).get("name", ""),
    )


@document_query(PUBLIC)
def get_home_area(scope: Scope) -> str:
    """The country area in which the tenant's firm is registered, as a key of the address rules; empty where its
    document does not say."""
    document = scope.storefront.document if scope.storefront else {}
    return str(document.get("legal_entity", {}).get("address", {}).get("country_area", ""))
