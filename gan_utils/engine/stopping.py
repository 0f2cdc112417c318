"""Why a training ends early: Ctrl-C, SIGTERM, or a deadline from outside the process.

Signals act in the main thread only, as Python's do: a first one ends a training after
its step, a second one stops at once. `fit` looks at the deadline after every step.
"""

import contextlib
import os
import signal
import threading
import time

TERMINATED = 143  # 128 + SIGTERM, what a shell says of a terminated process
DEADLINE = "GAN_DEADLINE"  # environment: seconds, as time.time(); set by a runner
MARKS = "GAN_CUT_MARKS"  # environment: a file that gets a line for each training cut
SPENT = "budget spent"


@contextlib.contextmanager
def on_ctrl_c(asked):
    """The first Ctrl-C sets the Event `asked`; the second raises KeyboardInterrupt."""

    def ask(signum, frame):
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    with handled(signal.SIGINT, ask):
        yield


@contextlib.contextmanager
def sigterm_like_ctrl_c():
    """SIGTERM does what Ctrl-C would, and the exit status of the process is 143.

    For commands. A notebook's kernel has other ways to end, and keeps them.
    """
    came = threading.Event()

    def press(signum, frame):
        came.set()
        if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # a job in the background
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    with handled(signal.SIGTERM, press):
        try:
            yield
        except (KeyboardInterrupt, SystemExit):
            if came.is_set():
                raise SystemExit(TERMINATED) from None
            raise


@contextlib.contextmanager
def handled(number, handler):
    """In the block `handler` answers a signal, if this is the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, previous)


def is_up():
    """Whether there is a deadline, and it has passed."""
    deadline = os.environ.get(DEADLINE)
    return bool(deadline) and time.time() >= float(deadline)


def mark(step, total):
    """Say, and write down, that a training ended at `step` of `total` (or None)."""
    goal = f" of {total:,}" if total else ""
    print(text := f"budget spent: training ended at step {step:,}{goal}")
    if os.environ.get(MARKS):
        with open(os.environ[MARKS], "a", encoding="utf-8") as file:
            file.write(text + "\n")
