"""What makes a training exact and safe: history, stopping, other devices."""
