"""The real digits of a game are the first test digits of MNIST, and nothing else."""

import base64
import io
import json
import re

import numpy as np
import real_digits
from PIL import Image

from gan_utils.data import load


def test_the_stored_digits_are_those_of_the_test_set(project):
    text = (project / "site" / "play" / "real.js").read_text("utf-8")
    labels = re.search(r'labels: "(\d+)"', text)[1]
    png = base64.b64decode(re.search(r"base64,([^\"]+)", text)[1])
    sheet = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
    assert sheet.shape == (560, 560) and len(labels) == real_digits.COUNT
    scores = json.loads((project / "weights" / "judge" / "first.json").read_text())
    images = load("auto")
    if images.digest == scores["digest"]:  # MNIST is here
        assert real_digits.script(images).decode() == text
