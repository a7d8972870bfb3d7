"""Commands of the case room, one module each."""
