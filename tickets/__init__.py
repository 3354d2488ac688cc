"""The ticket store."""
