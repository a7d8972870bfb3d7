"""Tests of the clinical tables and what is computed from them."""
