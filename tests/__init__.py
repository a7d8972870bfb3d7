"""Tests, mirroring the rooms of the product."""
