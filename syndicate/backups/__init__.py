"""All state in a file and back, and how a state that was put back goes on."""
