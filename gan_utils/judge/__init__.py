"""The judge: a classifier whose features measure pictures, and its verdicts."""
