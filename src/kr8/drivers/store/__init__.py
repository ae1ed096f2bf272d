"""The store: SQLite in the home, or PostgreSQL for many daemons, behind the ports that keep values."""
