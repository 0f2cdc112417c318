"""Ctrl-C as a wish: end after the current step."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def stop_on_ctrl_c():
    """An event that the first Ctrl-C sets; the second one stops at once."""
    asked = threading.Event()

    def ask(signum, frame):
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield asked  # only the main thread receives signals
        return
    previous = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, previous)
