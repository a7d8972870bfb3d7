"""Webhooks: changes are sent to the receivers that hospital systems name."""
