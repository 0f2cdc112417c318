"""What torchrun told this process: which of how many it is. No torch needed.

`python -m torch.distributed.run --nproc-per-node 2 -m gan_utils train ...` starts two
processes, the ranks 0 and 1, each with these numbers in its environment.
"""

import os


def launched():
    """Whether torchrun started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def told(name, without):
    """A number that torchrun gives each process; `without`: what holds without it."""
    return int(os.environ.get(name, without)) if launched() else without


def rank():
    """The number of this process; 0 without torchrun. Rank 0 talks and writes."""
    return told("RANK", 0)


def count():
    """How many processes train together; 1 without torchrun."""
    return told("WORLD_SIZE", 1)


def restarts():
    """How often torchrun started all ranks anew because one of them died."""
    return told("TORCHELASTIC_RESTART_COUNT", 0)


def threads():
    """Threads for this process, or None where torch's own choice stands.

    torchrun sets OMP_NUM_THREADS to 1 where it is not set. Each rank then gets its
    share of the processors. Any other value is the reader's and stays.
    """
    if not launched() or os.environ.get("OMP_NUM_THREADS", "1") != "1":
        return None
    return max(1, (os.cpu_count() or 1) // told("LOCAL_WORLD_SIZE", 1))


def uneven(batch_size, count):
    """What to say where a batch cannot be split."""
    return f"a batch of {batch_size} cannot be split evenly among {count} processes"
