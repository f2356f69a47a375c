"""From posts that wait to ordered mailings: slots, editions and their lives."""
