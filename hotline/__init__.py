"""The service: settings, wiring, command line."""
