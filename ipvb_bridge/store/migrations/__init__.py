"""Alembic migrations: frozen code that never imports the records or the tables of today."""
