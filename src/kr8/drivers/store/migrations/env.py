"""What Alembic runs: within the transaction, and so the lock, that migration.py opened."""

from alembic import context

from kr8.drivers.store.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
