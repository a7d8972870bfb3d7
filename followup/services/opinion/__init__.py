"""Second opinions: asked for, sent, shared, answered, compared."""
