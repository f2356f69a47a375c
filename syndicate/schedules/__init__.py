"""When: cadences, their slots, and who runs a slot once."""
