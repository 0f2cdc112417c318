"""Data sets: where they come from, verified downloads, digits that need no network."""
