"""Letters, minutes and agendas: what they say, and how they reach their readers."""
