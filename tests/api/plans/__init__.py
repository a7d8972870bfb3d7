"""Tests of plans, their checks and how they are carried out, through the API."""
