"""Reminders: by which rule, to whom, by which e-mail; absences, and what people do with them."""
