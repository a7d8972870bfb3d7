"""Commands of the case room."""
