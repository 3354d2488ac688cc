"""The boundary with Asterisk."""
