"""What notebook 09 says, and where that is to be seen."""

from statistics import fmean

from claims import Claim, floats

NAMES = ("modern", "modern_clusters", "modern_labels")
JUDGES = ("first", "second", "third")


def score(name):
    """Evidence: a score of the table, by judge, and then by recipe as in NAMES."""

    def read(page):
        table = page.table("judge")
        found = {(row["judge"], row["recipe"]): row for row in table}
        return [floats(found[j, n][name])[0] for j in JUDGES for n in NAMES]

    return read


def inverted(page):
    """Of `modern` and `modern_labels`: mean error, that of the neighbours, share."""
    line = r"^(?:modern|modern_labels) +mean (\S+), median \S+; nearest (\S+); below it"
    return page.numbers(line + r" (\d+) % of \d+$")


def printed(page):
    """Of digits and letters of a font: error, that of the nearest, share below it."""
    line = r"^\w{10}: error (\S+), nearest (\S+), in (\d+)% of them below it$"
    return page.numbers(line)


CLAIMS = [
    Claim(
        quote="label k wins with probability $p_k$, exactly.",
        evidence=lambda page: [
            abs(wanted - found)
            for wanted, found in zip(
                page.numbers(r"^wanted" + 10 * r" +([\d.]+)" + " %$"),
                page.numbers(r"^found " + 10 * r" +([\d.]+)" + " %$"),
            )
        ],
        check=lambda v: max(v) < 0.5,
        altered=[0.0] * 9 + [2.0],
    ),
    Claim(
        quote="more pictures can be read and the distance is smaller.",
        evidence=lambda page: page.numbers(
            r"^with(?:out)? labels +legible (\d+) %, distance ([\d.]+)$"
        ),
        check=lambda v: v[2] > v[0] and v[3] < v[1],
        altered=[60.0, 20.0, 55.0, 10.0],
    ),
    Claim(
        quote="Each row is one digit, and each column a style",
        evidence=lambda page: page.number(r"that was asked for: ([\d.]+) %$"),
        check=lambda v: v > 90,
        altered=60.0,
    ),
    Claim(
        quote="If styles carry over, then a style that is heavy as a 3 is heavy as an "
        "8.",
        evidence=lambda page: page.numbers(r"in two digits correlates ([\d.]+)$"),
        check=lambda v: min(v) > 0.3,
        altered=[0.5, 0.02],
    ),
    Claim(
        quote="Nearly all are read as what was asked for, by judges that G has never "
        "met.",
        evidence=lambda page: page.numbers(
            r"judge ([\d.]+) % \([\d.]+ to [\d.]+\), worst \d: (\d+) %$"
        ),
        check=lambda v: min(v[::2]) >= 97.5 and min(v[1::2]) >= 92,
        altered=[99.0, 98.0, 99.0, 97.0, 95.0, 80.0],
    ),
    Claim(
        quote="Near the middle the judge is less sure than at the ends",
        evidence=lambda page: page.numbers(
            r"^mean confidence " + 11 * r" ([\d.]+)" + "$"
        ),
        check=lambda v: min(v[3:8]) < min(v[0], v[-1]) - 0.05,
        altered=[0.95] * 11,
    ),
    Claim(
        quote="With labels there are far fewer pictures that cannot be read, since G "
        "has nothing to connect.",
        evidence=lambda page: page.numbers(
            r"^(?:modern|modern_labels) +legible ([\d.]+) %$"
        ),
        check=lambda v: 100 - v[1] < 0.6 * (100 - v[0]),
        altered=[85.0, 88.0],
    ),
    Claim(
        quote="Labels raise precision and legible, by all three judges",
        evidence=lambda page: score("precision")(page) + score("legibility")(page),
        check=lambda v: all(v[i + 2] > v[i] for i in range(0, 18, 3)),
        altered=[0.9, 0.9, 0.8] * 6,
    ),
    Claim(
        quote="And recall falls, by all three",
        evidence=score("recall"),
        check=lambda v: all(v[i + 2] < v[i] for i in range(0, 9, 3)),
        altered=[0.8, 0.8, 0.9] * 3,
    ),
    Claim(
        quote="the third sees a far better network, the first hardly a better one or "
        "none.",
        evidence=score("fd"),
        check=lambda v: v[8] < 0.7 * v[6] and v[2] / v[0] > v[8] / v[6] + 0.2,
        altered=[1.0, 1.0, 0.5] * 3,
    ),
    Claim(
        quote="To a nearest neighbour, 2000 fakes are worth about as much as 2000 real "
        "digits.",
        evidence=lambda page: page.numbers(
            r"^taught by 2000 (?:fakes|real digits) +([\d.]+) % of 1000"
        ),
        check=lambda v: abs(v[0] - v[1]) < 3,
        altered=[85.0, 92.0],
    ),
    Claim(
        quote="reads nearly as well as one that real digits have taught, but not "
        "quite.",
        evidence=lambda page: [
            page.number(r"^a network taught by [\d,]+ real digits: ([\d.]+) %$"),
            fmean(page.numbers(r"^a network taught by [\d,]+ fakes: ([\d.]+) %$")),
        ],
        check=lambda v: 0 < v[0] - v[1] < 2,
        altered=[99.0, 95.0],
    ),
    Claim(
        quote="Yet it paints nearly every one of them better than the most similar of "
        "all training images",
        evidence=inverted,
        check=lambda v: all(
            error < 0.5 * near and share >= 95
            for error, near, share in zip(v[::3], v[1::3], v[2::3])
        ),
        altered=[0.015, 0.02, 80.0] * 2,
    ),
    Claim(
        quote="One start does worse on average",
        evidence=lambda page: page.numbers(r"four starts (\S+), one start (\S+),$"),
        check=lambda v: v[1] > v[0],
        altered=[0.006, 0.005],
    ),
    Claim(
        quote="All of them are nearer than the nearest training image, so that "
        "comparison does not tell letters from digits. The error does: that of the "
        "letters is several times as large.",
        evidence=printed,
        check=lambda v: min(v[2], v[5]) >= 90 and v[3] > 3 * v[0],
        altered=[0.02, 0.05, 90.0, 0.02, 0.05, 100.0],
    ),
]
