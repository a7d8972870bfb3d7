"""What is owed to whom now, as set-based SQL: reminders are written, settled and looked at by the one definition."""
