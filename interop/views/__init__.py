"""Pages for whoever connects hospital systems."""
