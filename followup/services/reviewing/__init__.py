"""Reviews and their schedules: proposed, confirmed, done, missed, ended."""
