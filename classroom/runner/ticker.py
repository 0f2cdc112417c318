"""Something that happens again and again, beside the work of a `with` block."""

import threading


class Ticker:
    """`with` it, and `tick()`, which a subclass defines, runs every `every` seconds."""

    every = 0.5

    def __init__(self):
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self.end_ticking()

    def end_ticking(self):
        """No tick begins after this. May be called more than once."""
        self._over.set()
        self._thread.join()

    def _run(self):
        while not self._over.wait(self.every):
            self.tick()
