"""Real digits for the game "spot the fake": site/play/real.js.

python tools/real_digits.py      # needs MNIST; the first 400 test digits
"""

import base64

from gan_utils.data import load
from gan_utils.pictures import encode_png, tile
from gan_utils.support import paths
from gan_utils.support.files import write_atomic

COUNT, PER_ROW = 400, 20


def script(images):
    """The JavaScript that holds the first test digits of an ImageSet, and their labels.

    The digits lie side by side, PER_ROW in a row, without gaps.
    """
    png = encode_png(tile(images.test[:COUNT].numpy(), PER_ROW, gap=0), small=True)
    labels = "".join(str(label) for label in images.test_labels[:COUNT].tolist())
    text = f"""// The first {COUNT} test digits of MNIST, and their labels.
// Y. LeCun, C. Cortes, C. Burges, CC BY-SA 3.0. Made by tools/real_digits.py.
const REAL = {{
  labels: "{labels}",
  png: "data:image/png;base64,{base64.b64encode(png).decode()}",
}};
"""
    return text.encode()


if __name__ == "__main__":
    target = paths.project_root() / "site" / "play" / "real.js"
    write_atomic(target, script(load("mnist")))
