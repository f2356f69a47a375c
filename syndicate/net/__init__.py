"""HTTP with hosts that nobody here chose."""
