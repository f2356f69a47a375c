"""Our own feed validator: what is wrong with a document, where, and what would be right."""
