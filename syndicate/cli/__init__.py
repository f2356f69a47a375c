"""The `syndicate` command."""
