"""Run a command under limits: python -I limits.py '{"DATA": 4e9, ...}' COMMAND...

A file of its own that imports nothing of this project: it runs first in the process
that will hold code we do not trust, and then becomes that code.
"""

import json
import os
import sys


def apply(limits):
    """Set {"CPU": seconds, ...} as soft and hard limits, where the platform has them.

    The names are those of `resource.RLIMIT_*`. A limit that is stricter already stays.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, wanted in limits.items():
        which = getattr(resource, f"RLIMIT_{name}", None)
        if which is None:
            continue
        hard = resource.getrlimit(which)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(which, (value, value))


if __name__ == "__main__":
    apply(json.loads(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
