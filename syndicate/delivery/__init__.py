"""A Mailing goes out by SMTP: plan, lease, ledger, send."""
