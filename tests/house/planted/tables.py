"""Tables on no plane, with foreign names, keys, relationships and clocks."""

from .plant import fault, right

MODELS = "app/domains/orders/models.py"
BASES = {
    "app/kit/db.py": "class TenantModel(base.Model): ...\nclass PlatformModel(base.Model): ...\n"
    "class Created:\n    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))\n"
    "class Changing(Created): ...\n",
}
ORDER = "class Order(Changing, TenantModel):\n    __tablename__ = 'orders_orders'\n"
TENANT = {
    **BASES,
    "app/domains/tenancy/models.py": "class Tenant(Created, PlatformModel):\n    __tablename__ = 'tenants'\n",
    "app/domains/returns/models.py": "class Return(Created, TenantModel):\n    __tablename__ = 'returns_returns'\n",
}

FAULTS = [
    fault(
        "every_table_lies_on_one_plane",
        MODELS,
        "class Order(Base):\n    __tablename__ = 'orders_orders'\n",
        1,
        "neither",
    ),
    fault("every_table_lies_on_one_plane", MODELS, "class Order(Changing, TenantModel): ...\n", 1, "no table", BASES),
    fault("every_table_lies_on_one_plane", MODELS, "marks = Table('orders_marks', metadata)\n", 1, "a table is a"),
    fault(
        "every_table_is_named_after_its_room",
        MODELS,
        "class Order(Changing, TenantModel):\n    __tablename__ = 'sales'\n",
        1,
        "`sales` must be `orders_<plural>`",
        BASES,
    ),
    fault(
        "every_table_says_when_its_rows_were_made",
        MODELS,
        "class Order(TenantModel):\n    __tablename__ = 'orders_orders'\n",
        1,
        "no `created_at`",
        BASES,
    ),
    fault(
        "every_moment_has_a_zone",
        MODELS,
        f"{ORDER}    placed_at = mapped_column(DateTime())\n",
        3,
        "timestamptz",
        BASES,
    ),
    fault("every_moment_has_a_zone", MODELS, f"{ORDER}    placed_at: Mapped[datetime]\n", 3, "has no zone", BASES),
    fault(
        "no_foreign_key_leaves_its_plane",
        MODELS,
        f"{ORDER}    tenant_id = mapped_column(ForeignKey('platform.tenants.id'))\n",
        3,
        "`platform.tenants.id` lies on the other plane",
        TENANT,
    ),
    fault(
        "no_foreign_key_leaves_its_plane",
        MODELS,
        f"{ORDER}    __table_args__ = (ForeignKeyConstraint(['tenant_id'], ['tenants.id']),)\n",
        3,
        "`tenants.id` lies on the other plane",
        TENANT,
    ),
    fault(
        "foreign_keys_point_down",
        MODELS,
        f"{ORDER}    return_id = mapped_column(ForeignKey('returns_returns.id'))\n",
        3,
        "belongs to returns",
        TENANT,
    ),
    fault(
        "relationships_load_nothing_by_themselves",
        MODELS,
        f"{ORDER}    lines: Mapped[list['Line']] = relationship(lazy='selectin')\n",
        3,
        'lazy="raise"',
        BASES,
    ),
    fault(
        "relationships_load_nothing_by_themselves",
        MODELS,
        f"{ORDER}    lines = relationship('Line')\n",
        3,
        'lazy="raise"',
        BASES,
    ),
    fault(
        "relationships_stay_in_their_room",
        MODELS,
        f"{ORDER}    returns: Mapped[list['Return']] = relationship(lazy='raise')\n",
        3,
        "Return belongs to another room",
        TENANT,
    ),
    fault(
        "relationships_stay_in_their_room",
        MODELS,
        f"{ORDER}    returns = relationship('app.domains.returns.models.Return', lazy='raise')\n",
        3,
        "Return belongs to another room",
        TENANT,
    ),
    fault(
        "sums_are_stored_as_integers",
        MODELS,
        f"{ORDER}    currency: Mapped[str]\n    total_minor: Mapped[Decimal]\n",
        4,
        "minor units are int",
        BASES,
    ),
]

WHOLE = f"""{ORDER}    currency: Mapped[str]
    total_minor: Mapped[int]
    placed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    lines: Mapped[list["Line"]] = relationship(lazy="raise", back_populates="order")
    seller_id: Mapped[str] = mapped_column(ForeignKey("sellers_sellers.id"))


class Line(Created, TenantModel):
    __tablename__ = "orders_lines"
    order_id: Mapped[str] = mapped_column(ForeignKey("orders_orders.id"))
    order: Mapped[Order] = relationship(lazy="raise", back_populates="lines")
"""

RIGHTS = [
    right(gate, MODELS, WHOLE, TENANT)
    for gate in (
        "every_table_lies_on_one_plane",
        "every_table_is_named_after_its_room",
        "every_table_says_when_its_rows_were_made",
        "every_moment_has_a_zone",
        "no_foreign_key_leaves_its_plane",
        "foreign_keys_point_down",
        "relationships_load_nothing_by_themselves",
        "relationships_stay_in_their_room",
        "sums_are_stored_as_integers",
    )
]
