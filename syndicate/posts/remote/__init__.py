"""A feed elsewhere as a source of posts: each of its entries is kept as a file."""
