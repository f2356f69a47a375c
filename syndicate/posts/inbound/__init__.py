"""Posts that are handed in, and pushes that are told of."""
