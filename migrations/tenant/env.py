"""Renders the tenants' history as SQL, once per release; the runner sends the statements to each tenant."""

from alembic import context

context.configure(
    dialect_name="postgresql",
    as_sql=True,
    output_buffer=context.config.attributes["buffer"],
    version_table="unused",
    literal_binds=True,
)
context.run_migrations()
