"""What notebook 02 says, and where that is to be seen."""

import math

from claims import Claim

SECOND_HALF = r"^{} +mean of the second half ([\d.]+)"
TABLE = r"^{} +(-?[\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)$"
END = r"^{} +median logit of fakes +(-?[\d.]+)"
READ = r"^{} +(\d+)% are read with confidence above 0.9, most as (\d)"


def halves(*names):
    """Evidence: the means of these columns in the second half of the training."""
    return lambda page: [page.number(SECOND_HALF.format(name)) for name in names]


def row(name, column):
    """Evidence: a number of the table of section 8."""
    return lambda page: page.numbers(TABLE.format(name))[column]


def epochs(page):
    """(what was changed and the seed, what came of it) for the first epoch of 02."""
    return page.stored("benchmarks/won.json")["epoch"].items()


CLAIMS = [
    Claim(
        quote="The two cost about the same to compute.",
        evidence=lambda page: page.numbers(r"^[GD] has ([\d,]+) parameters"),
        check=lambda v: abs(v[0] / v[1] - 1) < 0.05,
        altered=[1_000_000.0, 2_000_000.0],
    ),
    Claim(
        quote="From gray noise to bright shapes in the middle, in seconds.",
        evidence=lambda page: page.numbers(r"upper rim +(\d+), in the middle +(\d+)"),
        check=lambda v: abs(v[0] - v[1]) < 20 and v[3] > 3 * v[2] and v[4] < v[2],
        altered=[127.0, 128.0, 100.0, 110.0, 90.0, 100.0],
    ),
    Claim(
        quote="`d_loss` stays below its dotted line",
        evidence=lambda page: page.number(r"below 2 ln 2 in (\d+)% of the steps"),
        check=lambda share: share >= 90,
        altered=60.0,
    ),
    Claim(
        quote="Neither goes to zero; on the dotted lines, D would be guessing.",
        evidence=halves("d_loss", "g_loss"),
        check=lambda v: 0.5 < v[0] < 2 * math.log(2) and math.log(2) < v[1] < 3,
        altered=[0.02, 7.0],
    ),
    Claim(
        quote="They face each other across one half.",
        evidence=halves(r"D\(x\)", r"D\(G\(z\)\) before"),
        check=lambda v: v[0] > 0.5 > v[1],
        altered=[0.7, 0.6],
    ),
    Claim(
        quote="The dashed line lies below the solid one.",
        evidence=halves(r"D\(G\(z\)\) before", r"D\(G\(z\)\) after"),
        check=lambda v: v[1] < v[0] - 0.02,
        altered=[0.35, 0.36],
    ),
    Claim(
        quote="It closes at the end, as the learning rates fall to zero.",
        evidence=lambda page: page.numbers(
            r"same fakes by ([\d.]+) a step, by (-?[\d.]+) in the last 100"
        ),
        check=lambda v: abs(v[1]) < 0.2 * v[0],
        altered=[0.07, 0.06],
    ),
    Claim(
        quote="Patches, nearly all in the middle",
        evidence=lambda page: page.number(r"^(\d+)% of the squared slopes lie"),
        check=lambda share: share > 80,
        altered=51.0,
    ),
    Claim(
        quote="half a unit along the slope raises the median logit",
        evidence=lambda page: page.numbers(
            r"^median logit (-?[\d.]+), half a unit along (-?[\d.]+)"
        ),
        check=lambda v: v[1] > v[0] + 0.2,
        altered=[-0.8, -0.8],
    ),
    Claim(
        quote="A D that has won is as good as certain",
        evidence=lambda page: page.number(r"steps of D alone: d_loss ([\d.]+)"),
        check=lambda d_loss: d_loss < 1e-3,
        altered=0.5,
    ),
    Claim(
        quote="its logit for fakes lies far to the left",
        evidence=row("D has won", 0),
        check=lambda logit: logit < -8,
        altered=-2.0,
    ),
    Claim(
        quote="There the dashed curve is flat.",
        evidence=row("D has won", 1),
        check=lambda slope: slope < 1e-3,
        altered=0.3,
    ),
    Claim(
        quote="the solid curve pushes with full strength",
        evidence=row("D has won", 2),
        check=lambda slope: slope > 0.99,
        altered=0.5,
    ),
    Claim(
        quote="D's own slope has *not* vanished, it is even steeper than in play.",
        evidence=lambda page: [row(name, 3)(page) for name in ("in play", "D has won")],
        check=lambda v: v[1] > 2 * v[0],
        altered=[1.6, 0.01],
    ),
    Claim(
        quote="D's mean score of the fakes did not come near zero",
        evidence=lambda page: page.number(r"D\(G\(z\)\) was above ([\d.]+)"),
        check=lambda lowest: lowest > 0.05,
        altered=0.003,
    ),
    Claim(
        quote="D is now surer still, and G has stopped.",
        evidence=lambda page: [
            page.number(END.format(name)) for name in ("D has won", "saturating")
        ],
        check=lambda v: v[1] < v[0] - 2,
        altered=[-10.0, -0.5],
    ),
    Claim(
        quote="of five seeds, four ended so",
        evidence=lambda page: [
            run["saturating"]["logit"]
            for run in page.stored("benchmarks/won.json")["won"].values()
        ],
        check=lambda logits: (
            sum(logit < -8 for logit in logits) == 4 == len(logits) - 1
        ),
        altered=[-20.0, -0.5, -18.0, 0.3, -25.0],
    ),
    Claim(
        quote="back in the game, with a bright shape in the middle",
        evidence=lambda page: page.number(END.format("non-saturating")),
        check=lambda logit: -3 < logit < 3,
        altered=-20.0,
    ),
    Claim(
        quote="G has won over this D, which takes its fakes for real.",
        evidence=lambda page: page.number(END.format("D stands still")),
        check=lambda logit: logit > 3,
        altered=-5.0,
    ),
    Claim(
        quote="*Fair start*: the saturating loss learns as well.",
        evidence=lambda page: [
            sum(row["fd"] for key, row in epochs(page) if key.startswith(name)) / 5
            for name in ("notebook 02", "saturating loss")
        ],
        check=lambda v: v[1] < 1.1 * v[0],
        altered=[90.0, 400.0],
    ),
    Claim(
        quote="The judge hardly errs on real digits",
        evidence=lambda page: page.number(r"real test digits: ([\d.]+)%"),
        check=lambda errors: errors < 1,
        altered=5.0,
    ),
    Claim(
        quote="but doubts a quarter of our fakes",
        evidence=lambda page: page.numbers(READ.format("fake"))[0],
        check=lambda sure: 70 <= sure <= 80,
        altered=95.0,
    ),
    Claim(
        quote="it reads the gray noise of section 1 as 8s, and is sure of it",
        evidence=lambda page: page.numbers(READ.format("first fakes")),
        check=lambda v: v[0] >= 95 and v[1] == 8,
        altered=[40.0, 8.0],
    ),
    Claim(
        quote="All ten classes are there, but not in equal parts.",
        evidence=lambda page: page.number(r"^the rarest: ([\d.]+)%"),
        check=lambda share: 1 < share < 8,
        altered=0.1,
    ),
    Claim(
        quote="0, 2 and 6 are too rare",
        evidence=lambda page: page.numbers(r"^surely too rare: +([\d ]+)$"),
        check=lambda digits: digits == [0, 2, 6],
        altered=[0, 2, 5],
    ),
    Claim(
        quote="1 and 7 too frequent",
        evidence=lambda page: page.numbers(r"^surely too frequent: +([\d ]+)$"),
        check=lambda digits: digits == [1, 7],
        altered=[1, 8],
    ),
    Claim(
        quote="the luck of the draw alone would be nearly four points",
        evidence=lambda page: page.number(r", ([\d.]+)% with 256"),
        check=lambda luck: 3.5 <= luck < 4,
        altered=0.8,
    ),
    Claim(
        quote="single bright pixels, far from any stroke. A pen does not do that.",
        evidence=lambda page: page.numbers(r"^(?:real|fake): ([\d.]+) lonely"),
        check=lambda v: v[0] < 0.1 and v[1] > 1,
        altered=[2.0, 2.1],
    ),
    Claim(
        quote="the same as in our own loop, to the last bit",
        evidence=lambda page: page.number(r"(5) numbers each, .* last bit: True"),
        check=lambda columns: columns == 5,
        altered=0,
    ),
]
