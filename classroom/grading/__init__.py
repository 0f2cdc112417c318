"""Students' notebooks: run with limits, and which exercises are solved."""
