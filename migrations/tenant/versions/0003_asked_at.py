"""When an attempt and a refund were last asked after: the completer takes turns."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE payments_attempts ADD COLUMN asked_at timestamptz")
    op.execute("ALTER TABLE payments_refunds ADD COLUMN asked_at timestamptz")
