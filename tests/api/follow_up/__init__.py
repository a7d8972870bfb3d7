"""Tests of reviews, follow-up schedules and second opinions through the API."""
