"""What comes back: from a mail's bytes to what it says of whom. No mail is ever answered."""
