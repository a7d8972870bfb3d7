"""Tests of matches, of answers to what trials ask, and of the register, through the API."""
