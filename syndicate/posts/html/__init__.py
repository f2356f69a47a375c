"""A post's HTML: absolute, tidy and safe for its sink."""
