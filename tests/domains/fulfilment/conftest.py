"""An order that is placed, to be paid on delivery."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domains.orders.flows.payment import start_payment
from app.domains.orders.queries.groups import get_group
from app.kit.scope import Actor, Permissions, Scope
from tests.conftest import SHOPPER
from tests.factories.orders import checkout_of, fill_cart, make_offer, open_shop


@pytest.fixture
def order_id(system_scope: Scope) -> str:
    """One order of two pieces; three are left."""
    open_shop(system_scope)
    offer_id = make_offer(system_scope, stock=5)
    shopper = system_scope.with_values(actor=Actor("guest"), permissions=Permissions(SHOPPER))
    token = fill_cart(shopper, {offer_id: 2})
    begun = start_payment(shopper, token, checkout_of(shopper, token, "cod"))
    assert begun.outcome == "placed"
    with system_scope.transaction() as unit:
        return get_group(unit, begun.group_id).orders[0].id


@pytest.fixture
def packer(system_scope: Scope) -> Callable[..., Scope]:
    """Somebody with just these permissions."""

    def make(*permissions: str) -> Scope:
        actor = Actor("staff", None, "Dao")
        return system_scope.with_values(actor=actor, permissions=Permissions(frozenset(permissions)))

    return make
