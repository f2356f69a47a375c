"""What people ask for: signing up, preferences, leaving, erasure; lists and bounces taken in."""
