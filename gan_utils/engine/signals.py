"""Ctrl-C and SIGTERM: a training ends after its step, and a second one stops at once.

Both act in the main thread only, as Python's signals do.
"""

import contextlib
import signal
import threading

TERMINATED = 143  # 128 + SIGTERM, what a shell says of a terminated process


def _in_main_thread():
    return threading.current_thread() is threading.main_thread()


@contextlib.contextmanager
def stop_on_ctrl_c():
    """An Event that the first Ctrl-C sets; the second raises KeyboardInterrupt."""
    asked = threading.Event()

    def ask(signum, frame):
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    if not _in_main_thread():
        yield asked
        return
    previous = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, previous)


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

    previous = signal.signal(signal.SIGTERM, press) if _in_main_thread() else None
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        if came.is_set():
            raise SystemExit(TERMINATED) from None
        raise
    finally:
        if previous is not None:
            signal.signal(signal.SIGTERM, previous)
