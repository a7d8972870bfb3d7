"""Addresses of the pages of this room, for its tests."""

from django.urls import reverse


def of(view, case, *more):
    return reverse(f"cases:{view}", args=[case.reference, *more])
