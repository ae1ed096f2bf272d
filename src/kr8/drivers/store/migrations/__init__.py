"""The migrations that Alembic runs: data of the package."""
