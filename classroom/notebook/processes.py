"""Ending a process together with all that it started."""

import contextlib
import os
import signal


def kill_group(pid):
    """Kill the process group that `pid` leads; nothing happens if it is gone.

    On Windows, which has no groups, the process alone is ended.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGTERM)
