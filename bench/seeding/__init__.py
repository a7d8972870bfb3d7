"""Legal rows for many cases, made as the services would have made them, and written in bulk."""
