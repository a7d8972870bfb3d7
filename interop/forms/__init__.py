"""Forms of the integration pages: they check shape and never save."""
