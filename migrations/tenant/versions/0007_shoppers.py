"""Shoppers: accounts, sessions, proofs of a mailbox, passkeys, addresses, wish lists; whose a cart is."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
