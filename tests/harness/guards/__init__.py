"""The guards of the product, for the mutation run: each is removed once, and a named test must then fail.

An entry names one guard: a WHERE of a conditional update, a unique key, a `SET LOCAL ROLE`, an idempotency claim.
Its shape:

    Guard(
        name="stock is taken only where there is enough",
        file="app/domains/inventory/actions.py",
        snippet="        .where(StockLevel.available >= quantity)\\n",
        replacement="",
        tests=("tests/journeys/test_last_unit.py::test_thirty_two_buyers_and_one_unit",),
    )

- `name` says what holds because of the guard; unique.
- `file` is relative to the root. `snippet` is the exact source, white space and all, and occurs in it exactly once
  (take a neighbouring line along if it does not). `replacement` leaves a file that still compiles; it removes the
  guard and nothing else.
- `tests` are pytest addresses; at least one of them must fail while the guard is away, by an assertion and not by
  an error of collection, and all of them pass while it stands.
"""

from __future__ import annotations

from .catalogue import CATALOGUE
from .checkout import CHECKOUT
from .guard import Guard
from .money import MONEY
from .promotions import PROMOTIONS
from .rights import RIGHTS
from .shoppers import ACCOUNTS
from .stock import STOCK

__all__ = ["GUARDS", "Guard"]

GUARDS: tuple[Guard, ...] = (*RIGHTS, *STOCK, *CHECKOUT, *MONEY, *CATALOGUE, *PROMOTIONS, *ACCOUNTS)
