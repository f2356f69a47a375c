"""What operators ask: how all is, where a post stands, what became of a mail, what comes next."""
