"""Train the judges for MNIST into weights/judge, and write the manifest.

    python tools/train_judges.py [first] [second] [third]

About ten minutes for the first judge and five for each other one on two cores.
"""

import sys

from ship_weights import write_manifest

from gan_utils.callbacks.progress import Progress
from gan_utils.config import choose_precision
from gan_utils.data import load
from gan_utils.judge.classifier import JUDGES
from gan_utils.judge.judge import save_judge, train_judge
from gan_utils.support import paths


def main(names):
    images = load("mnist")
    precision, reason = choose_precision("cpu")
    print(f"precision {precision}: {reason}")
    for name in names:
        net, meta = train_judge(
            images,
            name,
            epochs=JUDGES[name].epochs,
            precision=precision,
            callbacks=[Progress()],
        )
        command = f"python tools/train_judges.py {name}"
        save_judge(
            net, {**meta, "command": command}, paths.weights_dir() / "judge" / name
        )
        print(f"{name} judge: {meta['accuracy']:.2%} of the test images are right")
    write_manifest()


if __name__ == "__main__":
    main(sys.argv[1:] or list(JUDGES))
