"""Products and categories for tests, as documents say them."""

from __future__ import annotations

import dataclasses
import itertools
from decimal import Decimal
from typing import Any

from app.domains.catalogue import actions
from app.domains.catalogue.types import (
    CategoryInput,
    Option,
    OptionValue,
    ProductInput,
    ProductSaved,
    VariantInput,
)
from app.domains.sellers.actions import ensure_own_seller
from app.kit.scope import Scope

_numbers = itertools.count(1)


def product(**values: Any) -> ProductInput:
    """A scarf in two sizes, valid as it is; `values` replace fields."""
    number = next(_numbers)
    scarf = ProductInput(
        external_id=f"scarf-{number}",
        source="tenant",
        title={"th": f"ผ้าพันคอไหม {number}", "en": f"Silk scarf {number}"},
        summary={"en": "Woven by hand."},
        description={"en": "One.\n\nTwo."},
        brand="Khwan",
        options=(
            Option(
                "size",
                {"th": "ขนาด", "en": "Size"},
                (OptionValue("m", {"en": "Medium"}), OptionValue("l", {"en": "Large"})),
            ),
        ),
        variants=(
            VariantInput(f"SCARF-{number}-M", {"size": "m"}, price=Decimal("1290.00"), stock=5, weight_g=120),
            VariantInput(f"SCARF-{number}-L", {"size": "l"}, price=Decimal("1490.00"), stock=2, weight_g=150),
        ),
        keywords={"en": ("silk", "scarf")},
    )
    return dataclasses.replace(scarf, **values)


def category(**values: Any) -> CategoryInput:
    number = next(_numbers)
    textiles = CategoryInput(code=f"textiles-{number}", name={"th": f"ผ้าทอ {number}", "en": f"Textiles {number}"})
    return dataclasses.replace(textiles, **values)


def save_own_seller(unit: Scope) -> str:
    """The tenant's own seller, in the open unit."""
    return ensure_own_seller(unit, "own", {"en": "Khwan"}, "Khwan Co., Ltd.")


def save(scope: Scope, wanted: ProductInput | None = None) -> ProductSaved:
    """Save a product in a unit of its own, with the tenant's own seller."""
    with scope.transaction() as unit:
        save_own_seller(unit)
        return actions.save_product(unit, wanted or product())
