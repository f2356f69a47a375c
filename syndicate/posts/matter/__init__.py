"""Front matter: what it says, and what its words mean."""
