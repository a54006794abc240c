"""Writers of prices."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.domains.pricing.errors import CompareAtNotValid, PriceNotValid
from app.domains.pricing.events import PriceChanged
from app.domains.pricing.models import PriceList, PriceRow
from app.domains.tenancy.actions import record_change, record_changes
from app.kit import ids
from app.kit.errors import StaleVersion
from app.kit.events import announce
from app.kit.money import Money
from app.kit.scope import SYSTEM_ONLY, Scope, action


@action(SYSTEM_ONLY)
def ensure_price_list(scope: Scope, *, code: str, currency: str, tax_included: bool) -> str:
    """The default price list of a tenant: made once, then kept."""
    made = insert(PriceList).values(
        id=ids.new("prl"), code=code, currency=currency, tax_included=tax_included, is_default=True
    )
    scope.db.execute(made.on_conflict_do_nothing())
    return scope.db.execute(select(PriceList.id).where(PriceList.code == code)).scalar_one()


@action("pricing.edit")
def change_price(
    scope: Scope, offer_id: str, price: Money, *, compare_at: Money | None = None, if_version: int | None = None
) -> bool:
    """Set an offer's price in the default list; False when it already stands so.

    :param if_version: the version that the editor saw; another one raises `StaleVersion`.
    :raises PriceNotValid: a negative price, or one in another currency than the list's.
    :raises CompareAtNotValid: a compare-at price that is not higher.
    """
    listed = scope.db.execute(select(PriceList.id, PriceList.currency).where(PriceList.is_default)).one()
    if price.currency != listed.currency or price.amount_minor < 0:
        raise PriceNotValid(field="price", currency=listed.currency)
    before_minor = None
    if compare_at is not None:
        if compare_at.currency != listed.currency or compare_at.amount_minor <= price.amount_minor:
            raise CompareAtNotValid(field="compare_at")
        before_minor = compare_at.amount_minor
    standing = scope.db.execute(
        select(PriceRow.amount_minor, PriceRow.compare_at_minor, PriceRow.version)
        .where(PriceRow.price_list_id == listed.id, PriceRow.offer_id == offer_id)
        .with_for_update()
    ).one_or_none()
    if if_version is not None and (standing is None or standing.version != if_version):
        raise StaleVersion()
    after = {"amount_minor": price.amount_minor, "compare_at_minor": before_minor}
    before = {} if standing is None else {key: getattr(standing, key) for key in after}
    if before == after:
        return False
    row = insert(PriceRow).values(price_list_id=listed.id, offer_id=offer_id, **after)
    scope.db.execute(
        row.on_conflict_do_update(
            index_elements=[PriceRow.price_list_id, PriceRow.offer_id],
            set_={**after, "version": PriceRow.version + 1, "updated_at": func.now()},
        )
    )
    record_change(scope, noun="price", noun_id=offer_id, verb="change", before=before, after=after)
    announce(scope, PriceChanged(offer_id, price.amount_minor, price.currency))
    return True


@action("pricing.edit")
def change_prices(scope: Scope, prices: Mapping[str, tuple[Money, Money | None]]) -> set[str]:
    """Set the prices of many offers in the default list: offer → (price, compare-at price); returns the offers whose
    price was another. In four statements, however many, and each change with its audit row.

    Nobody is told of each: the caller announces all that it did at once (`catalogue.ProductsImported`).

    :raises PriceNotValid, CompareAtNotValid: one of them cannot be; none is changed then.
    """
    if not prices:
        return set()
    listed = scope.db.execute(select(PriceList.id, PriceList.currency).where(PriceList.is_default)).one()
    wanted: dict[str, dict[str, int | None]] = {}
    for offer_id, (price, compare_at) in prices.items():
        if price.currency != listed.currency or price.amount_minor < 0:
            raise PriceNotValid(field="price", currency=listed.currency)
        if compare_at is not None and (
            compare_at.currency != listed.currency or compare_at.amount_minor <= price.amount_minor
        ):
            raise CompareAtNotValid(field="compare_at")
        before_minor = compare_at.amount_minor if compare_at is not None else None
        wanted[offer_id] = {"amount_minor": price.amount_minor, "compare_at_minor": before_minor}
    rows = scope.db.execute(
        select(PriceRow.offer_id, PriceRow.amount_minor, PriceRow.compare_at_minor)
        .where(PriceRow.price_list_id == listed.id, PriceRow.offer_id.in_(sorted(wanted)))
        .order_by(PriceRow.offer_id)
        .with_for_update()
    )
    standing = {
        row.offer_id: {"amount_minor": row.amount_minor, "compare_at_minor": row.compare_at_minor} for row in rows
    }
    changes = {
        offer_id: (standing.get(offer_id, {}), after)
        for offer_id, after in sorted(wanted.items())
        if standing.get(offer_id) != after
    }
    if not changes:
        return set()
    row = insert(PriceRow.__table__)
    scope.db.execute(
        row.on_conflict_do_update(
            index_elements=[PriceRow.price_list_id, PriceRow.offer_id],
            set_={
                "amount_minor": row.excluded.amount_minor,
                "compare_at_minor": row.excluded.compare_at_minor,
                "version": PriceRow.version + 1,
                "updated_at": func.now(),
            },
        ).returning(PriceRow.offer_id),
        [
            {"price_list_id": listed.id, "offer_id": offer_id, **after}
            for offer_id, (_, after) in changes.items()
        ],
    ).all()
    record_changes(scope, noun="price", verb="change", changes=changes)
    return set(changes)
