"""What happened is not rewritten: the log of events is append-only for a tenant's role."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON event FROM tenant")
    op.execute("GRANT UPDATE (published_at) ON event TO tenant")
