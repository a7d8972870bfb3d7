"""Reviews, second opinions, reminders of every kind."""
