"""Small helpers for the GAN-on-MNIST notebooks. Importing this loads nothing heavy."""

import os

# Threads that wait for each other soon go to sleep instead of spinning. Beside another
# busy program, spinning makes training several times slower; alone, sleeping costs a
# little (benchmarks/spinning.py). It has an effect only before torch is loaded.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

__version__ = "0.1.0"
