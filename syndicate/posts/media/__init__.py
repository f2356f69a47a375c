"""What a post brings to listen to or to watch."""
