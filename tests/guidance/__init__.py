"""Tests of the guidance check."""
