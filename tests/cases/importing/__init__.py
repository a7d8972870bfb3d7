"""The registry import."""
