"""Commands of the treatment room, one module each."""
