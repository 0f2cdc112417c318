"""Latents to look at: pictures for sliders, the sliders, pages without a kernel."""
