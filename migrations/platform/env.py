"""Runs the platform's history on the connection that it is given."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="schema_version",
    version_table_schema="platform",
)
with context.begin_transaction():
    context.run_migrations()
