"""What may be wrong with a site's service: facts from its surroundings, and what they mean."""
