"""What watches a training: lines of progress, snapshots, a live view, checkpoints."""

# ruff: noqa: F401  (names to import from here)
from gan_utils.callbacks.live import LiveView
from gan_utils.callbacks.progress import LoopProgress, Progress, Snapshots
