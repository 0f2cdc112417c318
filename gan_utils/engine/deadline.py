"""A moment at which training has to end, set from outside the process.

The runner gives a notebook a deadline through its environment. `fit` asks after every
step whether it has passed, and leaves a mark when a training was cut short.
"""

import os
import time

DEADLINE = "GAN_DEADLINE"  # environment: seconds, as time.time()
MARKS = "GAN_CUT_MARKS"  # environment: a file that gets a line for each training cut
SPENT = "budget spent"


def is_up():
    """Whether there is a deadline, and it has passed."""
    deadline = os.environ.get(DEADLINE)
    return bool(deadline) and time.time() >= float(deadline)


def mark(step, total):
    """Say, and write down, that a training ended at `step` of `total` (or None)."""
    goal = f" of {total:,}" if total else ""
    text = f"budget spent: training ended at step {step:,}{goal}"
    print(text)
    if os.environ.get(MARKS):
        with open(os.environ[MARKS], "a", encoding="utf-8") as file:
            file.write(text + "\n")
