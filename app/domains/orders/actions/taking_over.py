"""What a guest has becomes the shopper's: cart and wish list at sign-in, later the orders of the same address."""

from __future__ import annotations

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.catalogue.errors import ProductNotFound
from app.domains.inventory import actions as inventory
from app.domains.inventory.queries import list_available
from app.domains.orders.actions.drafts import supersede_drafts
from app.domains.orders.models import CartLineRow, CartRow, GroupRow, WishRow
from app.domains.orders.queries.own import is_product
from app.domains.orders.rules import LARGEST_QUANTITY, MOST_WISHES, merged_quantity
from app.kit import ids
from app.kit.scope import SYSTEM_ONLY, Scope, action
from app.kit.secrets import token_hash


@action(SYSTEM_ONLY)
def take_over_cart(scope: Scope, shopper_id: str, token: str) -> None:
    """Put a guest's open cart into the shopper's: quantities add up, as far as there are pieces. Twice is once.

    A code for a promotion comes along where there is none yet.

    A checkout of the guest's cart that waits for its payment is given up: what it holds is wanted here.
    """
    mine = select(CartRow.id).where(CartRow.shopper_id == shopper_id, CartRow.status == "open")
    theirs = select(CartRow.id).where(
        CartRow.token_hash == token_hash(token), CartRow.shopper_id.is_(None), CartRow.status == "open"
    )
    locked = select(CartRow.id, CartRow.shopper_id).where(CartRow.id.in_(mine.union_all(theirs)))
    rows = scope.db.execute(locked.order_by(CartRow.id).with_for_update()).all()
    own = next((row.id for row in rows if row.shopper_id is not None), None)
    guest = next((row.id for row in rows if row.shopper_id is None), None)
    if guest is None:
        return
    if own is None:
        scope.db.execute(
            update(CartRow)
            .where(CartRow.id == guest, CartRow.shopper_id.is_(None))
            .values(shopper_id=shopper_id, version=CartRow.version + 1)
        )
        return
    merged = scope.db.execute(
        update(CartRow)
        .where(CartRow.id == guest, CartRow.status == "open", CartRow.shopper_id.is_(None))
        .values(status="merged", version=CartRow.version + 1)
        .returning(CartRow.id)
    ).one_or_none()
    if merged is None:
        return
    for group_id in supersede_drafts(scope, guest):
        inventory.release(scope, group_id)
    _move_lines(scope, guest, own)


@action(SYSTEM_ONLY)
def take_over_wishes(scope: Scope, shopper_id: str, token: str) -> None:
    """Put a guest's wishes to the shopper's. Twice is once."""
    theirs = delete(WishRow).where(WishRow.token_hash == token_hash(token)).returning(WishRow.product_id)
    for product_id in sorted(scope.db.scalars(theirs).all()):
        scope.db.execute(
            upsert(WishRow)
            .values(id=ids.new("wsh"), shopper_id=shopper_id, product_id=product_id)
            .on_conflict_do_nothing(index_elements=[WishRow.shopper_id, WishRow.product_id])
        )


@action("shopper.manage_own")
def claim_orders(scope: Scope, email: str) -> int:
    """Orders that were placed as a guest with the shopper's proven address become the shopper's; returns how many.

    :param email: the address of the session, whose mailbox has answered.
    """
    claimed = scope.db.execute(
        update(GroupRow)
        .where(func.lower(GroupRow.email) == email, GroupRow.shopper_id.is_(None), GroupRow.placed_at.is_not(None))
        .values(shopper_id=scope.actor.id, version=GroupRow.version + 1)
        .returning(GroupRow.id)
    )
    return len(claimed.all())


@action("cart.edit")
def keep_wish(scope: Scope, token: str | None, product_id: str) -> str | None:
    """Keep a product in mind; returns the token of a guest's list (None for a shopper's). Twice is once.

    :raises ProductNotFound, MalformedId:
    """
    if not is_product(scope, product_id):
        raise ProductNotFound()
    is_shopper = scope.actor.kind == "shopper"
    token = None if is_shopper else token or ids.new_token()
    owner = _owner(scope, token)
    kept = scope.db.execute(select(func.count()).select_from(WishRow).filter_by(**owner)).scalar_one()
    if kept < MOST_WISHES:
        scope.db.execute(
            upsert(WishRow).values(id=ids.new("wsh"), product_id=product_id, **owner).on_conflict_do_nothing()
        )
    return token


@action("cart.edit")
def drop_wish(scope: Scope, token: str | None, product_id: str) -> None:
    """Take a product off the list; one that is gone already is no error. Raises `MalformedId`."""
    wanted = ids.check("prd", product_id)
    if scope.actor.kind != "shopper" and not token:
        return
    owned = (getattr(WishRow, name) == value for name, value in _owner(scope, token).items())
    scope.db.execute(delete(WishRow).where(WishRow.product_id == wanted, *owned))


def _owner(scope: Scope, token: str | None) -> dict[str, str | None]:
    if scope.actor.kind == "shopper":
        return {"shopper_id": scope.actor.id}
    return {"token_hash": token_hash(token or "")}


def _move_lines(scope: Scope, source: str, target: str) -> None:
    lines = scope.db.execute(
        select(CartLineRow.offer_id, CartLineRow.quantity)
        .where(CartLineRow.cart_id == source)
        .order_by(CartLineRow.offer_id)
    ).all()
    kept = {
        row.offer_id: row.quantity
        for row in scope.db.execute(
            select(CartLineRow.offer_id, CartLineRow.quantity).where(CartLineRow.cart_id == target)
        )
    }
    drafts = select(GroupRow.id).where(GroupRow.cart_id == target, GroupRow.status == "drafted")
    held_for = scope.db.execute(drafts).scalar_one_or_none()
    available = list_available(scope, [row.offer_id for row in lines], held_for) if lines else {}
    for row in lines:
        quantity = merged_quantity(kept.get(row.offer_id, 0), row.quantity, available.get(row.offer_id, 0))
        scope.db.execute(
            upsert(CartLineRow)
            .values(id=ids.new("cln"), cart_id=target, offer_id=row.offer_id, quantity=quantity)
            .on_conflict_do_update(
                index_elements=[CartLineRow.cart_id, CartLineRow.offer_id],
                set_={
                    "quantity": func.least(quantity, LARGEST_QUANTITY),
                    "version": CartLineRow.version + 1,
                    "updated_at": func.now(),
                },
            )
        )
    theirs = select(CartRow.coupon).where(CartRow.id == source).scalar_subquery()
    scope.db.execute(
        update(CartRow)
        .where(CartRow.id == target)
        .values(coupon=case((CartRow.coupon == "", theirs), else_=CartRow.coupon), version=CartRow.version + 1)
    )
