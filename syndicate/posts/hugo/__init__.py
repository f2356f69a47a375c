"""A Hugo site as a source of posts: its pages are read here as Hugo reads them."""
