"""The feed of changes: what happened, in the order in which it was committed."""
