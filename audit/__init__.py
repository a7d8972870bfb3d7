"""Who did what and who read what: append-only; and the outbox that tells other rooms."""
