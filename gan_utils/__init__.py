"""Small helpers for the GAN-on-MNIST notebooks. Importing this loads nothing heavy."""

import os

# Threads that wait for each other sleep instead of spinning. On two cores with a browser
# open, spinning makes training several times slower. It must be set before torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
