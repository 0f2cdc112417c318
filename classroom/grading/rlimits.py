"""Run a module under limits: python rlimits.py '{"DATA": 4e9, ...}' MODULE ARGUMENTS...

A file of its own that imports nothing of this project: it runs first in the process
that will hold code we do not trust, and then becomes that module. It does not `exec`:
on Windows that starts another process, and this one would look dead.
"""

import json
import runpy
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
    module, sys.argv, sys.path[0] = sys.argv[2], sys.argv[2:], ""
    runpy.run_module(module, run_name="__main__", alter_sys=True)
