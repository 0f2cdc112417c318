"""Compare what the classic recipes promise with what our runs of them did.

    python tools/check_claims.py        # after ship_weights.py and score_recipes.py

Adds "claims" to weights/scores.json: recipe, claim, what was measured, verdict, and the
rule by which the verdict was found. The claims are those in the recipes' own texts,
logs and pictures (`python -m gan_utils recipes NAME` names the sources).
"""

import json
import re

from score_recipes import FILE

from gan_utils.support import paths
from gan_utils.support.files import write_json

KERAS_LOG = {  # generator step -> D loss, D accuracy, G loss; read in the notebook
    0: (0.661, 59.5, 0.615),
    10_000: (0.683, 53.5, 0.784),
    20_000: (0.654, 60.9, 0.844),
    30_000: (0.612, 66.8, 0.957),
    40_000: (0.558, 72.4, 1.117),
    50_000: (0.538, 73.7, 1.219),
    60_000: (0.500, 76.1, 1.346),
    70_000: (0.476, 78.0, 1.521),
}
TF_LOG = {1: (0.8321, 1.3425), 2: (1.0274, 1.2013)}  # epoch -> G loss, D loss
STEPS_PER_EPOCH = 468  # of batch 128


def main():
    scores = json.loads(FILE.read_text())
    rows = {row["recipe"]: row for row in scores["runs"] if row["seed"] == 0}
    found = []
    for name, look in LOOKS.items():
        if name not in rows:
            print(f"{name}: no run of seed 0 in {FILE.name} yet")
            continue
        log = paths.weights_dir() / name / "log.txt"
        text = log.read_text() if log.is_file() else ""
        found += [{"recipe": name, **claim} for claim in look(rows[name], text)]
    write_json(FILE, {**scores, "claims": found})
    for claim in found:
        print(f"{claim['recipe']}: {claim['claim']}\n   {claim['measured']}")
        print(f"   -> {claim['verdict']} ({claim['rule']})")


def fullbatch(row, log):
    """The printed losses up to step 70 000, and the picture at step 90 000."""
    pattern = r"(\d+) \[D loss: ([\d.]+), acc\.: ([\d.]+)%\] \[G loss: ([\d.]+)\]"
    ours = {
        int(step): (float(d), float(accuracy), float(g))
        for step, d, accuracy, g in re.findall(pattern, log)
    }
    yield losses(ours)
    yield imbalance(row["first"])


def losses(ours):
    """D's loss falls and G's rises, from step 10 000 to 70 000."""
    early, late = ours[10_000], ours[70_000]
    theirs = KERAS_LOG[10_000], KERAS_LOG[70_000]
    apart = max(
        abs(mine - their)
        for step in KERAS_LOG
        for mine, their in zip(ours[step][::2], KERAS_LOG[step][::2])
    )
    direction = early[0] > late[0] and early[2] < late[2]
    verdict = "holds" if direction and apart < 0.15 else "the direction holds"
    return {
        "claim": arrows("", *theirs),
        "measured": arrows("batch 128 in place of 60 000: ", early, late)
        + f"; at most {apart:.2f} apart at the eight points",
        "verdict": verdict if direction else "does not hold",
        "rule": "holds: same direction, and no loss further apart than 0.15",
    }


def arrows(head, early, late):
    return (
        f"{head}from step 10 000 to 70 000, D loss {early[0]:.2f} -> {late[0]:.2f}, "
        f"D accuracy {early[1]:.0f} % -> {late[1]:.0f} %, "
        f"G loss {early[2]:.2f} -> {late[2]:.2f}"
    )


def imbalance(verdict):
    """Many 1s, and neither 2 nor 8."""
    shares = [count / verdict["n"] for count in verdict["class_counts"]]
    many, few = shares[1] > 0.15, max(shares[2], shares[8]) < 0.05
    words = {2: "holds", 1: "holds in part", 0: "does not hold"}
    return {
        "claim": "at step 90 000, 7 of 25 pictures are a 1, none is a 2 or an 8",
        "measured": f"of {verdict['n']} pictures at the end, {shares[1]:.1%} are a 1, "
        f"{shares[2]:.1%} a 2, {shares[8]:.1%} an 8",
        "verdict": words[many + few],
        "rule": "1s above 15 %; 2s and 8s below 5 % each",
    }


def smooth(row, log):
    """Noise until epoch 10, shapes at 20 to 30, sharp at 40 to 50."""
    floor = row["first"]["floors"]["precision"][0]
    kept = [(m["step"] / STEPS_PER_EPOCH, m) for m in row["milestones"]]
    early = [(epoch, m) for epoch, m in kept if epoch < 10]
    measured = ", ".join(f"{m['precision']:.2f} at epoch {e:.1f}" for e, m in early)
    noise = max(m["precision"] for _, m in early) < 0.5 * floor
    yield {
        "claim": "noise until epoch 10, shapes at 20 to 30",
        "measured": f"precision {measured} (real images: {floor:.2f})",
        "verdict": "holds" if noise else "does not hold: digits come much earlier",
        "rule": "noise: precision always below half of the floor before epoch 10",
    }
    (then, middle), last = kept[-2], row["first"]["metrics"]
    gain = 1 - last["fd"] / middle["fd"]
    yield {
        "claim": "sharp at epochs 40 to 50",
        "measured": f"FD {middle['fd']:.1f} at epoch {then:.0f}, {last['fd']:.1f} at "
        f"epoch 50; precision {middle['precision']:.2f} and {last['precision']:.2f}",
        "verdict": "holds" if gain > 0.1 else "does not hold: little changes by then",
        "rule": "holds: the FD falls by more than a tenth in the second half",
    }


def tensorflow(row, log):
    """Two printed lines: the losses of the first two epochs."""
    pattern = r"Epoch (\d+), Gen Loss: ([\d.]+), Disc Loss: ([\d.]+)"
    ours = {int(e): (float(g), float(d)) for e, g, d in re.findall(pattern, log)}
    for epoch, theirs in TF_LOG.items():
        apart = max(abs(a / b - 1) for a, b in zip(ours[epoch], theirs))
        yield {
            "claim": f"epoch {epoch}: G loss {theirs[0]:.4f}, D loss {theirs[1]:.4f}",
            "measured": f"G loss {ours[epoch][0]:.4f}, D loss {ours[epoch][1]:.4f} "
            "(means of the epoch)",
            "verdict": "holds" if apart < 0.2 else f"does not hold: {apart:.0%} apart",
            "rule": "both losses within a fifth",
        }


LOOKS = {
    "mlp_bn_fullbatch": fullbatch,
    "mlp_bn_smooth": smooth,
    "dcgan_tf": tensorflow,
}

if __name__ == "__main__":
    main()
