"""Matching cases with trials: the record of many cases at once, the criteria in force, and what is offered."""

from trials.matching.offering import Offer, offers

__all__ = ["Offer", "offers"]
