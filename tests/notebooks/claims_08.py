"""What notebook 08 says of its faults: eight stored seeds each, and its page."""

import re
from statistics import fmean, median

from claims import Claim

ZOO = "benchmarks/zoo.json"


def runs(page, fault):
    """The stored trainings of a fault."""
    rows = page.stored(ZOO)["rows"]
    return [row for row in rows if row["fault"] == fault and "diverged" not in row]


def stored(*wanted):
    """Evidence: {(fault, number): its value with each seed}."""

    def read(page):
        return [[row[number] for row in runs(page, fault)] for fault, number in wanted]

    return read


def beside_healthy(fault, *numbers):
    """Evidence: each number of the healthy GAN, then of the fault."""
    wanted = [(who, number) for number in numbers for who in ("healthy", fault)]
    return stored(*wanted)


def verdict(name):
    """Evidence: [ratio of distances, verdict] of a mistake."""

    def read(page):
        row = page.stored(ZOO)["conclusions"]["sleepers"][name]
        return [row["ratio"], row["verdict"]]

    return read


CLAIMS = [
    Claim(
        quote="Both losses are near their dotted lines, `d_loss` below, `g_loss` "
        "above.",
        evidence=stored(("healthy", "d_loss"), ("healthy", "g_loss")),
        check=lambda v: (
            1.386 - 0.2 < min(v[0]) <= max(v[0]) < 1.386
            and 0.693 < min(v[1]) <= max(v[1]) < 0.693 + 0.3
        ),
        altered=[[1.4], [0.9]],
    ),
    Claim(
        quote="so the loss that remains is a skeleton without flesh. But a number that "
        "*nobody differentiates* keeps everything: megabytes a step",
        evidence=lambda page: page.numbers(r"^(?:d_loss|a score)[^\d]* ([\d.]+)$"),
        check=lambda v: (
            len(v) == 4 and v[0] == 0 and v[1] < 0.1 and v[2] > 1 and v[3] > 1
        ),
        altered=[0.0, 2.8, 2.1, 2.8],
    ),
    Claim(
        quote="The losses tell little, and the pictures are nearly as good.",
        evidence=beside_healthy("pixels in [0, 1]", "d_loss", "distance"),
        check=lambda v: min(v[1]) > 0.8 and fmean(v[3]) < 1.4 * fmean(v[2]),
        altered=[[1.2], [0.3], [50.0], [55.0]],
    ),
    Claim(
        quote="So its `slope` is several times too large.",
        evidence=beside_healthy("pixels in [0, 1]", "slope"),
        check=lambda v: min(v[1]) > 3 * max(v[0]),
        altered=[[0.9, 1.1], [2.0, 7.0]],
    ),
    Claim(
        quote="it wins, its loss near 0.2, and the judge recognises one class",
        evidence=stored(
            *(("mean 0.1307, std 0.3081", n) for n in ("high", "d_loss", "classes"))
        ),
        check=lambda v: (
            min(v[0]) > 2.8 and 0.15 < min(v[1]) < max(v[1]) < 0.3 and set(v[2]) == {1}
        ),
        altered=[[2.82], [0.9, 1.2], [8]],
    ),
    Claim(
        quote="`lowest` is 0, both scores stay between 0.5 and 0.73 (the sigmoid of "
        "1), and `accuracy` is exactly one half",
        evidence=stored(
            *(("sigmoid twice", n) for n in ("lowest", "D(x)", "D(G(z))", "accuracy"))
        ),
        check=lambda v: (
            0 <= min(v[0]) <= max(v[0]) < 0.01
            and 0.5 <= min(v[1] + v[2]) <= max(v[1] + v[2]) < 0.7311
            and set(v[3]) == {0.5}
        ),
        altered=[[-3.0], [0.5], [0.4], [0.66]],
    ),
    Claim(
        quote="`d_loss` is close to 2 ln 2",
        evidence=stored(("sigmoid twice", "d_loss")),
        check=lambda v: all(abs(d_loss - 1.386) < 0.1 for d_loss in v[0]),
        altered=[[1.05]],
    ),
    Claim(
        quote="with seven seeds of eight the `slope` is less than three thousandths of "
        "what it should be. That most of them draw pictures that are only a little "
        "worse",
        evidence=beside_healthy("sigmoid twice", "slope", "distance"),
        check=lambda v: (
            sum(slope < 0.003 * median(v[0]) for slope in v[1]) == 7 == len(v[1]) - 1
            and median(v[3]) < 1.2 * median(v[2])
        ),
        altered=[[0.9], 8 * [0.0001], [50.0], [55.0]],
    ),
    Claim(
        quote="Both losses fall to zero. Nobody pulls any more",
        evidence=beside_healthy("targets swapped", "d_loss", "g_loss", "pull"),
        check=lambda v: max(v[1] + v[3]) < 0.01 and max(v[5]) < 0.01 * min(v[4]),
        altered=[[1.2], [0.0], [1.0], [0.9], [2.0], [1.0]],
    ),
    Claim(
        quote="`d_loss` is far above 1.39, which a D that only guesses would have, and "
        "`accuracy` is below one half",
        evidence=stored(("no zero_grad", "d_loss"), ("no zero_grad", "accuracy")),
        check=lambda v: min(v[0]) > 10 and max(v[1]) < 0.5,
        altered=[[2.0], [0.4]],
    ),
    Claim(
        quote="`d_loss` comes to rest at a value that many a healthy GAN has",
        evidence=stored(
            *(("opt_G holds D", n) for n in ("d_loss", "spread", "G's turn"))
        ),
        check=lambda v: (
            0.9 < min(v[0]) < max(v[0]) < 1.39
            and max(v[1]) < 0.02
            and set(v[2]) == {"D"}
        ),
        altered=[[0.1], [0.3], ["G"]],
    ),
    Claim(
        quote="And `pull` grows without end",
        evidence=beside_healthy("opt_G holds D", "pull"),
        check=lambda v: min(v[1]) > 100 * max(v[0]),
        altered=[[2.0], [20.0]],
    ),
    Claim(
        quote="D wins, and one class is left.",
        evidence=stored(
            *(("G moves in D's turn", n) for n in ("D's turn", "d_loss", "classes"))
        ),
        check=lambda v: (
            set(v[0]) == {"D and G"} and max(v[1]) < 0.5 and set(v[2]) == {1}
        ),
        altered=[["D"], [0.3], [1]],
    ),
    Claim(
        quote="the logit of the same real picture changes by about ten when fakes sit "
        "beside it",
        evidence=stored(
            *(("one batch, norm in D", n) for n in ("company of D", "d_loss", "g_loss"))
        ),
        check=lambda v: 8 < min(v[0]) < max(v[0]) < 13 and max(v[1] + v[2]) < 0.01,
        altered=[[0.2], [0.001], [0.001]],
    ),
    Claim(
        quote="two pictures of the same latent differ by a tenth of a unit per pixel",
        evidence=stored(("dropout never ends", "twice")),
        check=lambda v: 0.08 < min(v[0]) < max(v[0]) < 0.14,
        altered=[[0.0]],
    ),
    Claim(
        quote="the training is the healthy one, bit by bit",
        evidence=beside_healthy("eval forgotten", "bits"),
        check=lambda v: v[0] == v[1] and len(set(v[0])) == len(v[0]),
        altered=[["a", "b"], ["a", "c"]],
    ),
    Claim(
        quote="`diversity` is far below 1: one picture, whatever the latent.",
        evidence=stored(
            ("train forgotten", "diversity"), ("train forgotten", "left in")
        ),
        check=lambda v: max(v[0]) < 0.3 and set(v[1]) == {"eval"},
        altered=[[0.95], ["eval"]],
    ),
    Claim(
        quote="Before the first step the pictures of two latents differ hundreds of "
        "times less than they should, by less than a level of gray.",
        evidence=lambda page: page.numbers(
            r"between latents: ([\d.]+), and it should be ([\d.]+)"
        ),
        check=lambda v: v[1] > 200 * v[0] and v[0] < 2 / 255,
        altered=[0.02, 0.3],
    ),
    Claim(
        quote="Pale pictures (`std` too small) of one class or a few, and D wins.",
        evidence=beside_healthy("norm scales near 0", "std", "classes", "d_loss"),
        check=lambda v: (
            max(v[1]) < min(v[0]) and max(v[3]) <= 3 and max(v[5]) < min(v[4]) / 2
        ),
        altered=[[0.6], [0.4], [9], [4], [1.2], [0.4]],
    ),
    Claim(
        quote="`pull` is large, and so is `slope`: nothing vanishes.",
        evidence=beside_healthy("D far ahead", "pull", "slope"),
        check=lambda v: min(v[1]) > 10 * max(v[0]) and min(v[3]) > 2 * max(v[2]),
        altered=[[2.0], [100.0], [1.0], [0.1]],
    ),
    Claim(
        quote="By its losses this GAN does better than the healthy one: both are "
        "nearer to the dotted lines. The `distance` knows",
        evidence=beside_healthy("z of 2 numbers", "d_loss", "g_loss", "distance"),
        check=lambda v: (
            fmean(v[0]) < fmean(v[1]) < 1.386
            and fmean(v[2]) > fmean(v[3]) > 0.693
            and min(v[5]) > max(v[4])
        ),
        altered=[[1.2], [1.3], [0.9], [0.8], [50.0], [49.0]],
    ),
    Claim(
        quote="`accuracy` is below one half, `slope` a tenth of what it should be, and "
        "the losses hardly tremble (`spread`)",
        evidence=beside_healthy("same z", "accuracy", "slope", "spread"),
        check=lambda v: (
            max(v[1]) < 0.5
            and 0.05 < median(v[3]) / median(v[2]) < 0.2
            and max(v[5]) < min(v[4]) / 2
        ),
        altered=[[0.6], [0.6], [1.0], [0.1], [0.3], [0.05]],
    ),
    Claim(
        quote="Pictures of *other* latents are no worse than the healthy ones",
        evidence=beside_healthy("same z", "distance"),
        check=lambda v: fmean(v[1]) < 1.1 * fmean(v[0]),
        altered=[[50.0], [90.0]],
    ),
    Claim(
        quote="The first recovers at once, the second is late by what it has lost. The "
        "other two stay ill.",
        evidence=lambda page: (
            page.numbers(r"^.* distance +[\d.]+, mended +([\d.]+)$")
            + page.numbers(r"goes on as long: ([\d.]+) to ([\d.]+)")
        ),
        check=lambda v: (
            v[0] < 1.3 * v[5] < v[1] < 90 < v[2] and v[3] > 200 and len(v) == 6
        ),
        altered=[40.0, 60.0, 45.0, 250.0, 26.0, 44.0],
    ),
    Claim(
        quote="A mended script does not turn up the scales of batch norm that are "
        "still near zero, nor does it shrink the weights by which D got logits in the "
        "hundreds",
        evidence=lambda page: [
            page.numbers(rf"^{name} +([\d.]+) +([\d]+)$")
            for name in ("healthy", "norm scales near 0", "no zero_grad")
        ],
        check=lambda v: v[1][0] < 0.05 < 0.8 < v[0][0] and v[2][1] > 5 * v[0][1],
        altered=[[0.99, 9.0], [0.6, 12.0], [0.99, 75.0]],
    ),
    Claim(
        quote="Each alone changes nothing, to the last bit. Together they are exhibit "
        "7.",
        evidence=lambda page: re.findall(
            r"^(.*\S) +(the same bits|others)$", page.text, re.MULTILINE
        ),
        check=lambda v: [bits for _, bits in v] == 2 * ["the same bits"] + ["others"],
        altered=3 * [("detach forgotten", "others")],
    ),
    Claim(
        quote="The bug that woke up costs nothing that eight seeds could show",
        evidence=verdict("no detach, zero_grad on top"),
        check=lambda v: v[1] == "not shown",
        altered=[1.3, "hurts"],
    ),
    Claim(
        quote="and so do rates ten times too high",
        evidence=verdict("rates x 10"),
        check=lambda v: v[1] == "not shown",
        altered=[1.3, "hurts"],
    ),
    Claim(
        quote="(Thirty times is too many: distances above 130.)",
        evidence=stored(("rates x 30", "distance")),
        check=lambda v: min(v[0]) > 130,
        altered=[[60.0, 146.0]],
    ),
    Claim(
        quote="Nor, by a hair, is it shown that the saturating loss hurts.",
        evidence=verdict("saturating loss"),
        check=lambda v: 1.05 < v[0] < 1.25 and v[1] == "not shown",
        altered=[1.1, "hurts"],
    ),
    Claim(
        quote="gives *nearer* pictures, with the penalty and without",
        evidence=lambda page: [
            verdict(name)(page)[1] for name in ("norm in D", "WGAN-GP, norm in D")
        ],
        check=lambda v: v == ["helps", "helps"],
        altered=["helps", "not shown"],
    ),
    Claim(
        quote="`BatchNorm1d(n, 0.8)` hurts.",
        evidence=verdict("BatchNorm1d(n, 0.8)"),
        check=lambda v: v[0] > 1.5 and v[1] == "hurts",
        altered=[1.0, "not shown"],
    ),
    Claim(
        quote="All on the diagonal: 45 planted faults and three healthy GANs.",
        evidence=lambda page: page.numbers(r"^(\d+) of (\d+) right$"),
        check=lambda v: v == [48, 48],
        altered=[44, 48],
    ),
    Claim(
        quote="A D that wins has seven causes in this zoo alone.",
        evidence=lambda page: [
            max(row["d_loss"] for row in runs(page, fault))
            for fault in page.stored(ZOO)["conclusions"]["faults"]
        ],
        check=lambda v: sum(d_loss < 0.6 for d_loss in v) == 7 and len(v) == 15,
        altered=15 * [1.2],
    ),
]
