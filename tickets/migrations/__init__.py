"""Alembic's scripts for the ticket store."""
