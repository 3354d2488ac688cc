"""Benchmarks: each module is run by ``python -m benchmarks.NAME`` and prints what it measured, on what machine."""
