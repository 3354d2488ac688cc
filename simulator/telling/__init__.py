"""Telling a run: JSON, one HTML page, CSV, JUnit XML, a live view, and two runs compared."""
