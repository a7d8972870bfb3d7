"""Pages that bring rooms together; no models, no rules."""
