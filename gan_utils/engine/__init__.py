"""What makes a training exact and safe: history, signals, deadlines, other devices."""
