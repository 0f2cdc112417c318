"""Compare what the classic recipes say of themselves with what our runs of them did.

    python tools/check_claims.py        # after ship_weights.py and score_recipes.py

Adds "claims" to weights/scores.json: recipe, claim, what was measured, in what our
setting differs, a verdict, and the rule by which it was found. The claims are those in
the recipes' own texts, logs and pictures (`python -m gan_utils recipes NAME` names the
sources). A claim that our run does not bear out is not refuted: we could not reproduce
it, with that difference in setting.
"""

import json
import re
from math import comb
from statistics import fmean

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
STEPS_PER_EPOCH, TF_STEPS = 468, 234  # of batch 128, of batch 256
SEEN, PART, NOT = "we see it, too", "we see it in part", "we could not reproduce it"


def main():
    scores = json.loads(FILE.read_text())
    found = []
    for name, look in LOOKS.items():
        rows = [row for row in scores["runs"] if row["recipe"] == name]
        if not rows or rows[0]["seed"] != 0:
            print(f"{name}: no run of seed 0 in {FILE.name} yet")
            continue
        found += [{"recipe": name, **claim} for claim in look(rows)]
    write_json(FILE, {**scores, "claims": found})
    for claim in found:
        print(f"{claim['recipe']}: {claim['claim']}\n   {claim['measured']}")
        print(f"   -> {claim['verdict']} ({claim['rule']}); {claim['setting']}")


def shipped(name, file):
    """The text of a file that ships with a recipe."""
    return (paths.weights_dir() / name / file).read_text("utf-8")


def fullbatch(rows):
    """The printed losses up to step 70 000, and the picture at step 90 000."""
    setting = {"setting": "batch 128 in place of the whole training set"}
    yield losses(shipped("mlp_bn_fullbatch", "log.txt")) | setting
    yield imbalance(rows[0]["first"]) | setting


def losses(log):
    """D's loss falls and G's rises, from step 10 000 to 70 000."""
    pattern = r"(\d+) \[D loss: ([\d.]+), acc\.: ([\d.]+)%\] \[G loss: ([\d.]+)\]"
    ours = {
        int(step): (float(d), float(accuracy), float(g))
        for step, d, accuracy, g in re.findall(pattern, log)
    }
    early, late = ours[10_000], ours[70_000]
    apart = max(
        abs(mine - their)
        for step in KERAS_LOG
        for mine, their in zip(ours[step][::2], KERAS_LOG[step][::2])
    )
    direction = early[0] > late[0] and early[2] < late[2]
    return {
        "claim": arrows(KERAS_LOG[10_000], KERAS_LOG[70_000]),
        "measured": arrows(early, late) + f"; at most {apart:.2f} apart",
        "verdict": (SEEN if apart < 0.15 else PART) if direction else NOT,
        "rule": "the same direction, and no loss further apart than 0.15; "
        "in part: the same direction",
    }


def arrows(early, late):
    return (
        f"from step 10 000 to 70 000, D loss {early[0]:.2f} -> {late[0]:.2f}, "
        f"D accuracy {early[1]:.0f} % -> {late[1]:.0f} %, "
        f"G loss {early[2]:.2f} -> {late[2]:.2f}"
    )


def imbalance(verdict):
    """Many 1s, and neither 2 nor 8."""
    counts = verdict["class_counts"]
    shares = [count / sum(counts) for count in counts]
    many, few = shares[1] > 0.15, max(shares[2], shares[8]) < 0.05
    return {
        "claim": "at step 90 000, 7 of 25 pictures are a 1, none is a 2 or an 8",
        "measured": f"of {sum(counts)} pictures at the end, {shares[1]:.1%} are a 1, "
        f"{shares[2]:.1%} a 2, {shares[8]:.1%} an 8; by luck alone 25 of them hold 7 "
        f"or more 1s with a chance of {at_least(7, 25, shares[1]):.0%}, no 2 and no 8 "
        f"with one of {(1 - shares[2] - shares[8]) ** 25:.0%}",
        "verdict": (NOT, PART, SEEN)[many + few],
        "rule": "1s above 15 %; 2s and 8s below 5 % each; in part: one of the two",
    }


def at_least(k, n, share):
    """Chance of k or more among n when each is one with probability `share`."""
    terms = (comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k, n + 1))
    return sum(terms)


def smooth(rows):
    """Noise until epoch 10, shapes at 20 to 30, sharp at 40 to 50."""
    kept = [[(m["step"] / STEPS_PER_EPOCH, m) for m in r["milestones"]] for r in rows]
    early = [[m for m in row if m[0] < 10] for row in kept]
    fell = [row[-1][1]["fd"] < row[0][1]["fd"] / 2 for row in early]
    setting = {"setting": "its widths, rates and batch size are not told: usual ones"}
    yield setting | {
        "claim": "noise until epoch 10, shapes at 20 to 30",
        "measured": "before epoch 10: "
        + "; ".join(f"{then(row[0])}, {then(row[-1])}" for row in early),
        "verdict": NOT if all(fell) else PART if any(fell) else SEEN,
        "rule": "before epoch 10 the FD never falls below half of the first one",
    }
    middle = [row[-2] for row in kept]
    ends = [row["first"]["metrics"]["fd"] for row in rows]
    gains = [end < 0.9 * m["fd"] for (_, m), end in zip(middle, ends)]
    yield setting | {
        "claim": "sharp at epochs 40 to 50",
        "measured": "; ".join(
            f"FD {m['fd']:.1f} at epoch {epoch:.0f}, {end:.1f} at the end"
            for (epoch, m), end in zip(middle, ends)
        ),
        "verdict": SEEN if all(gains) else PART if any(gains) else NOT,
        "rule": "the FD, which is not sharpness, falls by more than a tenth in about "
        "the second half of each training; in part: of some",
    }


def then(moment):
    """A generator kept on the way, in words."""
    epoch, found = moment
    return (
        f"FD {found['fd']:.0f} and coverage {found['coverage']:.2f} at epoch "
        f"{epoch:.1f}"
    )


def tensorflow(rows):
    """Two printed lines. That program prints the losses of an epoch's last batch."""
    history = json.loads(shipped("dcgan_tf", "history.json"))
    for epoch, theirs in TF_LOG.items():
        g, d = ours = last_losses(history, epoch)
        apart = max(abs(a / b - 1) for a, b in zip(ours, theirs))
        yield {
            "claim": f"epoch {epoch}: G loss {theirs[0]:.4f}, D loss {theirs[1]:.4f}",
            "measured": f"G loss {g:.4f}, D loss {d:.4f}; at most {apart:.0%} apart",
            "setting": "another framework: other first weights, Adam's epsilon and the "
            "running variance of batch norm a little otherwise",
            "verdict": SEEN if apart < 0.2 else NOT,
            "rule": "both losses within a fifth, at the end of the epoch: the mean of "
            "what is stored of its last ten steps",
        }


def last_losses(history, epoch):
    """(G loss, D loss) over the last ten steps of an epoch, as far as stored."""
    end = epoch * TF_STEPS
    last = [i for i, step in enumerate(history["step"]) if end - 10 < step <= end]
    return [fmean(history[name][i] for i in last) for name in ("g_loss", "d_loss")]


LOOKS = {
    "mlp_bn_fullbatch": fullbatch,
    "mlp_bn_smooth": smooth,
    "dcgan_tf": tensorflow,
}

if __name__ == "__main__":
    main()
