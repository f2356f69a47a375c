"""Who gets what: consent, subscriptions, and the tokens of their links."""
