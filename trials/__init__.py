"""Trial register, criteria, explained matching."""
