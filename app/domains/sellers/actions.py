"""Writers of sellers."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.sellers.models import SellerRow
from app.kit import ids
from app.kit.scope import SYSTEM_ONLY, Scope, action


@action(SYSTEM_ONLY)
def ensure_own_seller(scope: Scope, code: str, name: Mapping[str, str], legal_name: str) -> str:
    """The tenant's own seller with this code and these names; returns its id. The same input changes nothing.

    The seller that exists keeps its id when code or names change: offers and orders hang on it.
    """
    values = {"code": code, "name": dict(name), "legal_name": legal_name}
    statement = upsert(SellerRow).values(id=ids.new("sel"), kind="own", status="active", **values)
    scope.db.execute(
        statement.on_conflict_do_update(
            index_elements=[SellerRow.kind],
            index_where=SellerRow.kind == "own",
            set_={**values, "version": SellerRow.version + 1, "updated_at": func.now()},
            where=or_(SellerRow.code != code, SellerRow.name != values["name"], SellerRow.legal_name != legal_name),
        )
    )
    return scope.db.execute(select(SellerRow.id).where(SellerRow.kind == "own")).scalar_one()
