"""A Jekyll site: its posts, as Jekyll reads them."""
