"""Many notebooks: what to run, in which processes, for how long, into which folder."""
