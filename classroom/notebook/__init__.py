"""One notebook: run it in a kernel that can be ended, and make a page of it."""
