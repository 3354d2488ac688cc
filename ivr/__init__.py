"""Call flows."""
