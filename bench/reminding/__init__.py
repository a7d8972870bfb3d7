"""Due reminders by the thousand, the processes that send them, and what is done to these meanwhile."""
