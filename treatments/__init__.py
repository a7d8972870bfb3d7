"""Plans, checks, responses, delivery."""
