"""What watches a training: lines of progress, snapshots, a live view, checkpoints."""

from gan_utils.callbacks.live import LiveView
from gan_utils.callbacks.progress import LoopProgress, Progress, Snapshots

__all__ = ["LiveView", "LoopProgress", "Progress", "Snapshots"]
