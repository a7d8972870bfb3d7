"""Forms of the trials room: they check shape and never save."""
