"""How processes run: queues, signs of life, how they end, and what they log."""
