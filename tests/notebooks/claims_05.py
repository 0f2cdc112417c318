"""What notebook 05 says, and where that is to be seen."""

from claims import Claim

CELL = r"([\d.]+) \(([\d.]+)-([\d.]+)\)"  # mean (lowest-highest)
GRAY = r"^middle of (?:lerp|slerp|pixels) +([\d.]+) % gray$"
FD, SECOND, LEGIBLE, VARIETY = range(4)
ALIKE = {(3, 5), (3, 8), (4, 9), (5, 6), (5, 8), (7, 9), (0, 6), (1, 7), (2, 3), (2, 7)}


def row(page, name):
    """Of the table of section 8: FD, FD, legible, variety; (mean, lowest, highest)."""
    return page.numbers(rf"^{name} +{CELL} +{CELL} +{CELL} +{CELL}$")


def mean_of(page, score, *ways):
    """The means of one score for these ways."""
    return [row(page, f"modern, {way}")[3 * score] for way in ways]


def truncated(page):
    """[(factor, distance, legible)] at five factors."""
    v = page.numbers(r"^x ([\d.]+) distance +([\d.]+) legible ([\d.]+) %$")
    return [*zip(v[::3], v[1::3], v[2::3])]


def steep(page):
    """Two correlations, and legible in the first and the last tenth."""
    line = r"correlates (\S+) with steepness\n +(\S+) with the length of z\nlegible "
    return page.numbers(line + r"(\d+) % \(flattest\) to (\d+) % \(steepest\)$")


def most(numbers):
    """The place of the largest one."""
    return numbers.index(max(numbers))


CLAIMS = [
    Claim(
        quote="(`dcgan`) leave fewer lonely bright pixels than the ones that do not",
        evidence=lambda page: page.numbers(r"^(?:mlp|dcgan) +([\d.]+) lonely"),
        check=lambda v: v[1] < v[0] / 5,
        altered=[3.3, 1.3],
    ),
    Claim(
        quote="Between the two lines broken strokes become digits, and more of them "
        "can be read. `d_loss` moves by a fraction of its value.",
        evidence=lambda page: page.numbers(
            r"^step +[\d,]+ +d_loss ([\d.]+) +legible (\d+) %$"
        ),
        check=lambda v: v[3] > v[1] + 10 and abs(v[2] - v[0]) < 0.25 * v[0],
        altered=[1.3, 85.0, 1.2, 80.0],
    ),
    Claim(
        quote="All latents that G met in training lie in this thin shell. The middle "
        "of a straight line does not.",
        evidence=lambda page: page.number(
            r"^latents as short as the middle of a straight line: ([\d.]+) %$"
        ),
        check=lambda v: v < 0.2,
        altered=3.0,
    ),
    Claim(
        quote="The fades have several times the gray of real digits.",
        evidence=lambda page: [
            page.numbers(GRAY)[2],
            page.number(r"^real digits +([\d.]+) % gray$"),
        ],
        check=lambda v: v[0] > 2.5 * v[1],
        altered=[7.0, 4.8],
    ),
    Claim(
        quote="Between `lerp` and `slerp` this measure sees no difference worth the "
        "name.",
        evidence=lambda page: page.numbers(GRAY),
        check=lambda v: abs(v[0] - v[1]) < 0.1 * v[1],
        altered=[4.0, 6.0, 17.0],
    ),
    Claim(
        quote="The fades are far off by every measure.",
        evidence=lambda page: row(page, "fades of them") + row(page, "real digits"),
        check=lambda v: (
            v[1] > 5 * v[14]  # its lowest distance, the highest of real digits
            and v[4] > 5 * v[17]
            and v[8] < v[19] - 10
            and v[11] < v[22] - 5
        ),
        altered=[2.0] * 24,
    ),
    Claim(
        quote="The middle of an arc scores as fresh latents do",
        evidence=lambda page: [
            mean
            for score in range(4)
            for mean in mean_of(page, score, "slerp", "fresh")
        ],
        check=lambda v: all(abs(a - b) < 0.25 * b for a, b in zip(v[::2], v[1::2])),
        altered=[15.0, 2.5, 13.0, 2.5] + 4 * [1.0],
    ),
    Claim(
        quote="The middle of a line is about as legible.",
        evidence=lambda page: mean_of(page, LEGIBLE, "lerp", "fresh"),
        check=lambda v: all(abs(a - b) < 2 for a, b in zip(v[::2], v[1::2])),
        altered=[80.0, 91.0],
    ),
    Claim(
        quote="its Fréchet distance is several times as large, by both judges, and it "
        "has lost variety.",
        evidence=lambda page: [
            mean
            for score in (FD, SECOND, VARIETY)
            for mean in mean_of(page, score, "lerp", "fresh")
        ],
        check=lambda v: (
            all(a > 3 * b for a, b in zip(v[:4:2], v[1:4:2])) and v[4] < 0.95 * v[5]
        ),
        altered=[3.0, 2.5] * 2 + [42.0, 49.0],
    ),
    Claim(
        quote="Distance is lowest around factor 1, where G was trained. Shorter "
        "latents cost more and more of it, and somewhat longer ones cost nothing.",
        evidence=truncated,
        check=lambda v: (
            [line[1] for line in v[:4]] == sorted(line[1] for line in v[:4])[::-1]
            and v[2][1] > 1.5 * v[3][1]
            and v[4][1] < 1.1 * v[3][1]
        ),
        altered=[(0.5, 1, 80), (0.7, 2, 80), (0.85, 3, 80), (1.0, 4, 80), (1.15, 4, 8)],
    ),
    Claim(
        quote="legible pictures do not become more.",
        evidence=truncated,
        check=lambda v: max(line[2] for line in v) < v[3][2] + 1.5,
        altered=[(0.5, 9, 8), (0.7, 2, 98), (0.85, 3, 95), (1.0, 4, 91), (1.15, 5, 9)],
    ),
    Claim(
        quote="Seven in a hundred pictures of `modern` cannot be read",
        evidence=lambda page: mean_of(page, LEGIBLE, "fresh"),
        check=lambda v: 6.5 <= 100 - v[0] < 8,
        altered=[80.0],
    ),
    Claim(
        quote="Where G is flat, nearly all of its pictures can be read, as with real "
        "digits. Where it is steepest, one in eight cannot.",
        evidence=steep,
        check=lambda v: v[2] >= 97 and 86 <= v[3] <= 89,
        altered=[-0.2, 0.0, 98.0, 95.0],
    ),
    Claim(
        quote="How long `z` is does not matter.",
        evidence=steep,
        check=lambda v: abs(v[1]) < 0.07 and v[0] < -0.15,
        altered=[-0.2, -0.3, 99.0, 80.0],
    ),
    Claim(
        quote="most are digits that resemble each other",
        evidence=lambda page: page.numbers(r"(\d) or (\d) \(\d+\)"),
        check=lambda v: sum(pair in ALIKE for pair in zip(v[::2], v[1::2])) >= 4,
        altered=[0.0, 1.0] * 6,
    ),
    Claim(
        quote="Where the class changes, the judge is least sure, and the picture moves "
        "fastest. A few stations away both are back to normal.",
        evidence=lambda page: page.numbers(
            r"^(?:confidence|moves) ([\d.]+) at the border, ([\d.]+) before it$"
        ),
        check=lambda v: v[0] < v[1] - 0.05 and v[2] > 1.3 and abs(v[3] - 1) < 0.15,
        altered=[0.95, 0.97, 1.1, 1.0],
    ),
    Claim(
        quote="The first direction is width, in numbers as well. The third is lean",
        evidence=lambda page: page.numbers(
            r"^direction \d: width (\S+) to (\S+) pixels, lean (\S+) to (\S+)$"
        ),
        check=lambda v: (
            most([abs(a - b) for a, b in zip(v[::4], v[1::4])]) == 0
            and most([abs(a - b) for a, b in zip(v[2::4], v[3::4])]) == 2
        ),
        altered=[4.0, 4.1, 0.1, 0.9] + 3 * [4.0, 3.0, 0.1, 0.2],
    ),
    Claim(
        quote="No cuts and no double exposures: strokes bend, open and close. Most "
        "stations look like digits that somebody might write",
        evidence=lambda page: page.numbers(
            r"^(?:largest move between two stations|legible stations): (\d+) ?%"
        ),
        check=lambda v: v[0] < 60 and v[1] > 60,
        altered=[98.0, 80.0],
    ),
    Claim(
        quote="Towards the left the four rows lose what makes them different: they "
        "drift to one common shape.",
        evidence=lambda page: page.numbers(r"by which the rows differ: ([\d ]+)$"),
        check=lambda v: v[0] == 0 and v[:7] == sorted(v[:7]) and v[6] > 3 * v[1],
        altered=[0.0, 40, 39, 41, 40, 42, 40, 41, 40, 40],
    ),
    Claim(
        quote="`lerp` and `slerp` show one digit at every station.",
        evidence=lambda page: [
            *page.numbers(GRAY)[:2],
            page.number(r"^real digits +([\d.]+) % gray$"),
        ],
        check=lambda v: max(v[:2]) < 1.1 * v[2],
        altered=[17.0, 16.0, 4.8],
    ),
    Claim(
        quote="most neighbouring points show the same digit, and at the borders one "
        "turns into another",
        evidence=lambda page: page.number(r"^(\d+)% of two neighbours are read as"),
        check=lambda share: 60 < share < 95,
        altered=20.0,
    ),
    Claim(
        quote="the pictures on them are the hard ones to read. Inside a region nearly "
        "all are legible.",
        evidence=lambda page: page.numbers(
            r"^(?:at a border|inside): \d+ points, (\d+)% legible$"
        ),
        check=lambda v: v[0] < v[1] - 10 and v[1] > 97,
        altered=[90.0, 92.0],
    ),
    Claim(
        quote="Along the first direction the digit closes to a stroke at one end, and "
        "opens at the other.",
        evidence=lambda page: page.numbers(r"^direction 1: width (\S+) to (\S+) "),
        check=lambda v: max(v) > 1.5 * min(v),
        altered=[4.0, 3.9],
    ),
]
