"""What notebook 03 says, and where that is to be seen."""

from claims import Claim

CELL = r"([-+]?[\d.]+) \(([\d.]+)-([\d.]+)\)"  # mean (lowest-highest)


def scores(page, name):
    """Of a row of section 6: 4 x (mean, lowest, highest)."""
    return page.numbers(rf"^{name} +{CELL} +{CELL} +{CELL} +{CELL}$")


def mlp_and_dcgan(page):
    """Both rows, one after the other: 24 numbers."""
    return scores(page, "MLP") + scores(page, "DCGAN")


def apart(v, score, *, lower):
    """Whether the DCGAN's range of a score lies below (or above) the MLP's."""
    mlp, dcgan = v[3 * score : 3 * score + 3], v[12 + 3 * score : 15 + 3 * score]
    return dcgan[2] < mlp[1] if lower else dcgan[1] > mlp[2]


def weaving(page, name):
    """Of section 5: unevenness, variety and ms a step, for three seeds."""
    return page.numbers(rf"^{name} +\d+ +([\d.]+) +([\d.]+) +(\d+)$")


def bf16(page):
    """(mean, low, high): FD in bf16 against fp32, in percent, by the first judge."""
    stored = page.stored("benchmarks/precision.json")["conclusion"]["notebook 03"]
    ratios = [stored["first"]["ratio"], *stored["first"]["interval"]]
    return [100 * (ratio - 1) for ratio in ratios]


def one_factor(page):
    """[FD of 02, of 02's optimiser with 03's networks, of 03] by seed and judge."""
    rows = page.stored("benchmarks/one_factor.json")["rows"]
    found = {(row["name"], row["seed"]): row for row in rows}
    names = ("notebook 02", "notebook 03, Adam of 02", "notebook 03")
    return [
        [found[name, seed][judge]["fd"] for name in names]
        for judge in ("first", "second")
        for seed in range(5)
    ]


CLAIMS = [
    Claim(
        quote="Left, a pattern of ones, twos and fours, which G would have to learn "
        "to undo. Right, every pixel gets four copies.",
        evidence=lambda page: page.numbers(r"^kernel \d: copies \[(.*)\]$"),
        check=lambda v: v == [1, 2, 4, 4],
        altered=[1, 2, 4, 3],
    ),
    Claim(
        quote="Left, four grays in turn: a checkerboard out of nothing, with a kernel "
        "that follows the rule. Right, one gray",
        evidence=lambda page: page.numbers(r": (\d+) different values$"),
        check=lambda v: v == [4, 1],
        altered=[1, 1],
    ),
    Claim(
        quote="G has a few more, D little more than half.",
        evidence=lambda page: page.numbers(r"^[GD]: MLP ([\d,]+), DCGAN ([\d,]+)$"),
        check=lambda v: 1 < v[1] / v[0] < 1.25 and 0.5 < v[3] / v[2] < 0.65,
        altered=[1_477_136, 1_679_041, 1_460_225, 1_836_705],
    ),
    Claim(
        quote="ends at a Fréchet distance of 7.5 in place of 1.3",
        evidence=lambda page: [
            next(
                row["first"]["fd"]
                for row in page.stored("benchmarks/sweep.json")["rows"]
                if row["name"] == name
            )
            for name in ("D of notebook 02", "base")
        ],
        check=lambda v: [round(fd, 1) for fd in v] == [7.5, 1.3],
        altered=[1.5, 1.3],
    ),
    Claim(
        quote="In bf16 the Fréchet distance of section 6 came out 7 % lower on "
        "average, with a 95 % interval from 18 % lower to 5 % higher.",
        evidence=bf16,
        check=lambda v: [round(percent) for percent in v] == [-7, -18, 5],
        altered=[7.0, -18.0, 32.0],
    ),
    Claim(
        quote="`d_loss` below its dotted line, `g_loss` above, scores on both sides "
        "of one half.",
        evidence=lambda page: page.numbers(r"mean of the second half ([\d.]+)$"),
        check=lambda v: v[0] < 1.386 and v[1] > 0.693 and v[2] > 0.5 > v[3],
        altered=[1.5, 0.9, 0.6, 0.4],
    ),
    Claim(
        quote="the transposed layers weave their pattern first, in all three "
        "trainings, many times as uneven as real digits.",
        evidence=lambda page: (
            weaving(page, "transposed") + page.numbers(r"^real digits +([\d.]+)")
        ),
        check=lambda v: min(v[:9:3]) > 5 * v[9],
        altered=[30.0, 30, 90, 4.0, 30, 90, 30.0, 30, 90, 0.9],
    ),
    Claim(
        quote="Below, with upsampling, no checkerboard",
        evidence=lambda page: weaving(page, "upsample") + weaving(page, "transposed"),
        check=lambda v: max(v[:9:3]) < min(v[9::3]) / 5,
        altered=[2.0, 30, 90, 20.0, 30, 90, 2.0, 30, 90] + 3 * [30.0, 30, 90],
    ),
    Claim(
        quote="The last line says that the pattern is gone at the end",
        evidence=lambda page: page.numbers(
            r"^(?:real digits|section 4, at its end) +([\d.]+)"
        ),
        check=lambda v: v[1] < 1.5 * v[0],
        altered=[0.9, 8.8],
    ),
    Claim(
        quote="A step with upsampling takes longer, as its convolution works on the "
        "large picture",
        evidence=lambda page: weaving(page, "upsample") + weaving(page, "transposed"),
        check=lambda v: sum(v[2:9:3]) > sum(v[11::3]),
        altered=3 * [2.0, 30, 90] + 3 * [30.0, 30, 95],
    ),
    Claim(
        quote="The DCGAN has nearly as few lonely pixels as real handwriting, and the "
        "MLP has several in every picture.",
        evidence=lambda page: [*mlp_and_dcgan(page), *scores(page, "real images")],
        check=lambda v: v[12] < v[24] + 0.2 and v[0] > 2,
        altered=[3.4] * 12 + [1.3] * 12 + [0.0] * 12,
    ),
    Claim(
        quote="By both judges, too, the DCGAN is nearer to real digits by far",
        evidence=mlp_and_dcgan,
        check=lambda v: v[15] < v[3] / 2 and v[18] < v[6] / 2,
        altered=[12.0] * 12 + [10.0] * 12,
    ),
    Claim(
        quote="more of its pictures can be read. The ranges do not touch",
        evidence=mlp_and_dcgan,
        check=lambda v: (
            apart(v, 3, lower=False)
            and all(apart(v, score, lower=True) for score in range(3))
        ),
        altered=[12.0] * 12 + [12.0] * 12,
    ),
    Claim(
        quote="Real digits are still nearer and more legible than either.",
        evidence=lambda page: [*mlp_and_dcgan(page), *scores(page, "real images")],
        check=lambda v: v[29] < v[16] and v[32] < v[19] and v[34] > v[23],
        altered=[3.0] * 36,
    ),
    Claim(
        quote="fakes are about as far from the training images as test images are",
        evidence=lambda page: page.numbers(r"(?:fakes|test images) ([\d.]+)$"),
        check=lambda v: abs(v[0] - v[1]) < 0.15 * v[1],
        altered=[2.5, 4.9],
    ),
    Claim(
        quote="All lines fall, twice, by both judges. The networks take off nearly "
        "half of the distance or more, and the optimiser more than half of what is "
        "left.",
        evidence=one_factor,
        check=lambda v: all(b < 0.55 * a and c < 0.5 * b for a, b, c in v),
        altered=[[45.0, 16.0, 17.0]] + 9 * [[45.0, 16.0, 5.0]],
    ),
    Claim(
        quote="Both matter, and the networks more. No interval holds zero.",
        evidence=lambda page: page.numbers(
            r"judge: +(\S+), interval +(\S+) to +(\S+);"
        ),
        check=lambda v: max(v[2::3]) < 0 and max(v[0], v[3]) < min(v[6], v[9]),
        altered=[-29.0, -33.0, 1.0] + 3 * [-10.0, -11.0, -9.0],
    ),
    Claim(
        quote="its MLP ends much nearer to real digits than here (section 6)",
        evidence=lambda page: [
            min(fd[0] for fd in one_factor(page)[:5]),
            scores(page, "MLP")[3],
        ],
        check=lambda v: 2 * v[1] < v[0],
        altered=[40.0, 35.0],
    ),
    Claim(
        quote="the balance has fallen, so plus and minus nearly cancel, and the "
        "largest weights have grown",
        evidence=lambda page: page.numbers(
            r"^(?:before|after) +balance ([\d.]+), largest ([\d.]+)$"
        ),
        check=lambda v: v[2] < 0.15 and v[2] < v[0] / 2 and v[3] > 1.2 * v[1],
        altered=[0.24, 0.24, 0.22, 0.35],
    ),
]
