"""The guidance check in pure Python: facts, rules, findings. No Django, clock or database."""
