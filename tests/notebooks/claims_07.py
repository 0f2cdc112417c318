"""What notebook 07 says of its games, live and stored, and of the theory."""

from claims import Claim

AVERAGES = r"^its average G .*quality +([\d.]+) %, width ([\d.]+)"


def stored(row, field):
    """A number of each seed of a row of the benchmark."""

    def read(page):
        runs = page.stored("benchmarks/two_dimensions.json")["rows"]
        return [run[field] for run in runs if run["row"] == row and run["seed"] < 10]

    return read


def turns(page):
    """{who moved: [d_loss, real above fake, beyond the line, mean arrow]}."""
    names = ("before", "both", "D only", "G only")
    line = r" +([\d.]+) +(\d+)% +(\d+)% +([\d.]+)$"
    return {name: page.numbers(f"^{name}{line}") for name in names}


RING, CUT = "ring, RpGAN + R1 + R2", "grid, cut into {0} x {0}"
CLAIMS = [
    Claim(
        quote="one in ninety of a Gaussian lies outside the circle",
        evidence=lambda page: page.number(r"^real points .*quality +([\d.]+) %"),
        check=lambda share: 98 < share < 99.7,
        altered=90.0,
    ),
    Claim(
        quote="Remember their width, nearly 1.4.",
        evidence=lambda page: page.number(r"^real points .*width ([\d.]+)"),
        check=lambda width: 1.3 < width < 1.42,
        altered=0.7,
    ),
    Claim(
        quote="knots at the modes and threads between them",
        evidence=lambda page: page.numbers(
            r"^plain game +(\d) of 8 modes, high quality +([\d.]+) %"
        ),
        check=lambda v: v[0] >= 5 and v[1] < 97,
        altered=[1.0, 99.0],
    ),
    Claim(
        quote="With six of the ten seeds of section 6 the plain game ends without one "
        "or two of them.",
        evidence=stored("ring, plain", "modes"),
        check=lambda v: sum(m < 8 for m in v) == 6 and set(v) == {6, 7, 8},
        altered=[8, 8, 8, 8, 7, 8, 6, 8, 8, 8],
    ),
    Claim(
        quote="D ranks nearly every real point above a fake",
        evidence=lambda page: turns(page)["D only"][1],
        check=lambda share: share > 90,
        altered=60.0,
    ),
    Claim(
        quote="And the arrows get *longer*",
        evidence=lambda page: [turns(page)[who][3] for who in ("before", "D only")],
        check=lambda v: v[1] > 3 * v[0],
        altered=[0.3, 0.2],
    ),
    Claim(
        quote="and D is fooled",
        evidence=lambda page: [turns(page)["G only"][k] for k in (1, 2)],
        check=lambda v: v[0] < 30 and v[1] > 95,
        altered=[60.0, 99.0],
    ),
    Claim(
        quote="finds them long before G itself (dotted)",
        evidence=lambda page: page.numbers(
            r"^pairs, flat D +most modes lost .* G itself (\d), its average (\d)"
        ),
        check=lambda lost: lost[1] == 0 < lost[0],
        altered=[3.0, 3.0],
    ),
    Claim(
        quote="its modes have about half of the true width",
        evidence=lambda page: page.numbers(AVERAGES)[-1],
        check=lambda width: 0.35 < width / 1.38 < 0.65,
        altered=1.3,
    ),
    Claim(
        quote="Only two games find all eight modes with every seed",
        evidence=lambda page: [
            min(stored(f"ring, {kind}", "modes")(page))
            for kind in ("plain", "hinge", "RpGAN", "PacGAN(2)", "RpGAN + R1 + R2")
        ],
        check=lambda least: max(least[:3]) < 8 == min(least[3:]),
        altered=[6, 0, 8, 8, 8],
    ),
    Claim(
        quote="Pairs alone do no better than the plain game",
        evidence=lambda page: [
            sum(stored(f"ring, {kind}", "modes")(page)) for kind in ("plain", "RpGAN")
        ],
        check=lambda v: v[1] <= v[0],
        altered=[71, 78],
    ),
    Claim(
        quote="Hinge scatters most: from none to seven.",
        evidence=stored("ring, hinge", "modes"),
        check=lambda v: (min(v), max(v)) == (0, 7),
        altered=[6, 7, 8, 7, 6, 7, 8, 7, 6, 7],
    ),
    Claim(
        quote="The last row has the most equal modes, too, by its KL.",
        evidence=lambda page: [
            sum(stored(f"ring, {kind}", "kl")(page))
            for kind in ("plain", "hinge", "PacGAN(2)", "RpGAN", "RpGAN + R1 + R2")
        ],
        check=lambda v: v[-1] < min(v[:-1]),
        altered=[2.0, 5.1, 0.5, 2.5, 0.6],
    ),
    Claim(
        quote="All modes, and yet one point in seven is no good.",
        evidence=lambda page: page.numbers(
            r"^grid, connected +(\d+) of 25 .* +([\d.]+) %"
        ),
        check=lambda v: v[0] == 25 and 80 < v[1] < 90,
        altered=[25.0, 97.0],
    ),
    Claim(
        quote="they have moved into the gaps between the white squares",
        evidence=lambda page: page.numbers(r"^grid, (?:connected|cut) .* +([\d.]+) %"),
        check=lambda v: v[1] > v[0] + 8,
        altered=[86.9, 88.0],
    ),
    Claim(
        quote="Every cut beats the connected square, with every seed, by ten points",
        evidence=lambda page: [
            max(stored("grid, RpGAN + R1 + R2", "hq")(page)),
            min(min(stored(CUT.format(k), "hq")(page)) for k in (5, 7, 8, 10)),
        ],
        check=lambda v: v[1] - v[0] >= 10,
        altered=[86.9, 90.0],
    ),
    Claim(
        quote="five squares across have the best quality and the narrowest modes",
        evidence=lambda page: [
            sum(stored(CUT.format(k), field)(page)) / 10
            for field in ("hq", "width")
            for k in (5, 7, 8, 10)
        ],
        check=lambda v: v[0] == max(v[:4]) and v[4] == min(v[4:]),
        altered=[99.0, 99.1, 98.0, 98.0, 0.3, 0.4, 0.5, 0.5],
    ),
    Claim(
        quote="Nobody finds all 25; PacGAN comes farthest, with 16.",
        evidence=lambda page: [
            max(stored(f"grid, {kind}{D}", "modes")(page))
            for D in ("", ", calm D")
            for kind in ("plain", "hinge", "RpGAN", "PacGAN(2)")
        ],
        check=lambda v: v[3] == v[7] == 16 > max(v[:3] + v[4:7]),
        altered=[3, 6, 2, 25, 11, 2, 14, 16],
    ),
    Claim(
        quote="With the calm D they find more, all but hinge",
        evidence=lambda page: [
            sum(stored(f"grid, {kind}{D}", "modes")(page))
            for D in ("", ", calm D")
            for kind in ("plain", "RpGAN", "PacGAN(2)", "hinge")
        ],
        check=lambda v: all(v[i + 4] > v[i] for i in range(3)) and v[7] <= v[3],
        altered=[7, 7, 63, 7, 69, 106, 98, 20],
    ),
    Claim(
        quote="Ten other seeds find all eight modes, too",
        evidence=lambda page: page.numbers(
            r"ten other seeds of the last row: (\d) modes, ([\d.]+) to ([\d.]+) %"
        ),
        check=lambda v: v[0] == 8 and 88 < v[1] < 92 < v[2],
        altered=[7.0, 89.7, 96.1],
    ),
    Claim(
        quote="So a trained D is a ratio of two densities",
        evidence=lambda page: page.numbers(r"largest error of D .*: ([\d.]+)$"),
        check=lambda errors: len(errors) == 2 and max(errors) < 0.05,
        altered=[0.01, 0.2],
    ),
    Claim(
        quote="On many fresh points the two agree to two digits or better.",
        evidence=lambda page: page.numbers(
            r"JSD ([\d.]+) by integral, ([\d.]+) by d_loss"
        ),
        check=lambda v: max(abs(v[0] - v[1]), abs(v[2] - v[3])) < 0.005,
        altered=[0.337, 0.337, 0.23, 0.25],
    ),
    Claim(
        quote="One batch of 128 can be off by a large part of the whole value",
        evidence=lambda page: page.numbers(
            r"hard pair: JSD ([\d.]+) .* d_loss, ([\d.]+) to ([\d.]+) by d_loss of one"
        ),
        check=lambda v: max(v[0] - v[1], v[2] - v[0]) > 0.15 * v[0],
        altered=[0.23, 0.225, 0.235],
    ),
    Claim(
        quote="Beyond a few standard deviations JSD is stuck at ln 2.",
        evidence=lambda page: page.number(r"JSD is nearer .* from shift ([\d.]+) on"),
        check=lambda shift: shift < 8 * 0.5,
        altered=6.0,
    ),
    Claim(
        quote="Every growth is the predicted one, to five digits.",
        evidence=lambda page: page.numbers(
            r"^(?:simultaneous|alternating) .* (\d\.\d{5}) +(\d\.\d{5}) "
        ),
        check=lambda v: v[::2] == v[1::2] and len(v) == 28,
        altered=[1.00499, 1.00498] * 14,
    ),
]
