"""Patients, referrals, cases, episodes, reports, treatments given, case events."""
