"""Which pictures a product shows."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from app.domains.catalogue.errors import PictureUnknown
from app.domains.catalogue.models import ProductPictureRow
from app.domains.catalogue.queries.batches import list_known_assets
from app.domains.catalogue.types import PictureInput
from app.kit.scope import PUBLIC, Scope, action


@action(PUBLIC)
def save_pictures(scope: Scope, product_id: str, pictures: tuple[PictureInput, ...] | None) -> bool:
    """Show these pictures in this order; true if that is a change. Called by the action that saves the product.

    None, or pictures of which not one is stored (addresses that nobody fetched), leave what is shown as it is.
    Raises `PictureUnknown`.
    """
    if pictures is None or (pictures and not any(picture.asset_id for picture in pictures)):
        return False
    wanted: dict[str, dict[str, str]] = {}
    for picture in pictures:
        if picture.asset_id is not None:
            wanted.setdefault(picture.asset_id, {locale: text for locale, text in picture.alt.items() if text})
    known = list_known_assets(scope, wanted.keys()) if wanted else set()
    for asset_id in wanted:
        if asset_id not in known:
            raise PictureUnknown(asset=asset_id[:80], field="pictures")
    stored = [
        (row.asset_id, row.alt)
        for row in scope.db.execute(
            select(ProductPictureRow.asset_id, ProductPictureRow.alt)
            .where(ProductPictureRow.product_id == product_id)
            .order_by(ProductPictureRow.position)
        )
    ]
    if stored == list(wanted.items()):
        return False
    scope.db.execute(delete(ProductPictureRow).where(ProductPictureRow.product_id == product_id))
    if wanted:
        scope.db.execute(
            insert(ProductPictureRow),
            [
                {"product_id": product_id, "position": position, "asset_id": asset_id, "alt": alt}
                for position, (asset_id, alt) in enumerate(wanted.items())
            ],
        )
    return True
