"""Tests of the criteria of trials."""
