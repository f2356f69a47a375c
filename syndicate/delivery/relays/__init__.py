"""Which relay a message goes through, and when: limits that all workers share."""
