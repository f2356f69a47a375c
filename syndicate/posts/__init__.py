"""A file becomes a Post: front matter, Liquid, Markdown, sanitising, permalinks; and the store."""
