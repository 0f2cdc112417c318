"""Learning-rate schedules: progress of the run in [0, 1] -> factor on the rate."""


def constant(progress):
    """The learning rate stays as it is."""
    return 1.0


def linear_decay(progress, start=0.5):
    """Full learning rate until `start` of the run, then a straight line to zero."""
    return min(1.0, (1 - progress) / (1 - start))
