"""Commands of the trials room."""
