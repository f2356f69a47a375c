"""What things cost, beside the bounds they have to keep. `make bench` runs them."""
