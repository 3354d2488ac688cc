"""Seats and people."""
