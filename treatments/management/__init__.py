"""Commands of the treatment room."""
