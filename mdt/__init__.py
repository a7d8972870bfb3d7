"""Meetings, listings, attendance, quorum, decisions, dissent, actions."""
