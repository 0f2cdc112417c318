"""What a run leaves to read: its page, its tables, and whether the claims hold."""
