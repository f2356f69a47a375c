"""Feeds over HTTP, one click out, web editions, and the captured mailbox."""
