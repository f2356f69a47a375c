"""Other programs' lists, and our own, as subscribers: what a file is, what its rows say of whom."""
