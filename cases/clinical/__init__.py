"""Clinical knowledge in pure Python: codes, grading, staging, NHS numbers. No Django, clock or database."""
