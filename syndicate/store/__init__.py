"""Redis: the client, the key schema, the scripts, and the server of a single machine."""
