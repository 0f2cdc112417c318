"""Small helpers for the GAN-on-MNIST notebooks. Importing this loads nothing heavy."""

__version__ = "0.1.0"
