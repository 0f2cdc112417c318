"""What notebook 06 says, and where that is to be seen."""

import re

from claims import Claim

FACTORS = r" +".join(5 * [r"([\d.]+)"])
ROW = r"^\| {} \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+)% \| ([\d.]+) \|$"
TOLD = ("modern_labels", "modern_clusters")
OURS = {"modern", *TOLD}
SPREADS = r"^{} +([\d.]+) +([\d.]+) +\d+ +([\d.]+)$"  # mean, sd: latents, trainings


def parts(page):
    """(means, spread) of the cloud that moved, is too wide, and is turned."""
    return page.numbers(r"^(?:moved|too wide|turned) +means ([\d.]+), spread ([\d.]+)$")


def shares(*names):
    """Evidence: for each name its four numbers of section 6."""
    line = r"precision ([\d.]+), recall ([\d.]+) density ([\d.]+), coverage ([\d.]+)$"
    return lambda page: [n for k in names for n in page.numbers(rf"^{k} +{line}")]


def noticed(page, measure):
    """Which of the six damages of section 7 a measure notices: bold cells."""
    line = re.search(rf"^\| {re.escape(measure)} \|.*$", page.text, re.MULTILINE)[0]
    return ["**" in cell for cell in line.strip("| ").split("|")[3:]]


def spoilt(*measures):
    """Evidence: how many of the damages these measures notice, copies left out."""
    return lambda page: [sum(noticed(page, measure)[:5]) for measure in measures]


def shrunk(name):
    """Evidence: a share of section 8 at the five factors, from 1 down."""
    return lambda page: page.numbers(rf"^{name} +{FACTORS}$")


def row(page, name):
    """Of the table of section 10: three distances, legible in percent, coverage."""
    return page.numbers(ROW.format(name))


def table(page):
    """{generator: its row}, in the order of the first judge."""
    line = re.compile(r"^\| (\w+) \| [\d.]+ \| [\d.]+ \| [\d.]+ \| [\d.]+% \|", re.M)
    return {name: row(page, name) for name in line.findall(page.text)}


def judge_of(page):
    """Of section 11: for each set its distances, and three shares of legible ones."""
    line = r" +([\d.]+) +([\d.]+) +([\d.]+)% +([\d.]+)% +([\d.]+)%$"
    names = ("real digits", "the right Gaussian", "noise")
    return [n for name in names for n in page.numbers(rf"^{name}{line}")]


CLAIMS = [
    Claim(
        quote="Speckle gives some rows away.",
        evidence=lambda page: page.numbers(
            r"(?:^|, )(?:mlp|dcgan|modern) ([\d.]+)(?=,|$)"
        )[:3],
        check=lambda v: v[0] > 1 and max(v[1:]) < 0.3,
        altered=[0.1, 0.1, 0.1],
    ),
    Claim(
        quote="A generator whose average picture is off pays for the means.",
        evidence=parts,
        check=lambda v: v[0] > 1 and v[1] < 0.01,
        altered=[0.0, 4.5, 0.0, 0.8, 0.0, 0.9],
    ),
    Claim(
        quote="One that draws too much or too little variety, or the wrong mixture of "
        "it, pays for the spread.",
        evidence=parts,
        check=lambda v: max(v[2], v[4]) < 0.01 and min(v[3], v[5]) > 0.5,
        altered=[4.5, 0.0, 0.8, 0.0, 0.9, 0.0],
    ),
    Claim(
        quote="Straight lines: the distance falls like one over the number of points, "
        "and it grows with the dimension.",
        evidence=lambda page: page.numbers(
            r"^\d+ dimensions: ([\d.]+) from 200 points, ([\d.]+) from 6400 points$"
        ),
        check=lambda v: (
            all(20 < few / many < 50 for few, many in zip(v[::2], v[1::2]))
            and v[1::2] == sorted(v[1::2])
        ),
        altered=[0.04, 0.03, 0.8, 0.7, 11.0, 10.0],
    ),
    Claim(
        quote="The upper number is the larger one, all along the rows.",
        evidence=lambda page: page.numbers(
            r"is farther in (\d+) of these 12 columns,\nand in (\d+)% of"
        ),
        check=lambda v: v[0] == 12 and v[1] > 75,
        altered=[7.0, 55.0],
    ),
    Claim(
        quote="Pixels mind every step aside. The second and the third judge, which "
        "only had to name digits, hardly mind at all, and their features use the "
        "fewest directions",
        evidence=lambda page: page.numbers(
            r"^(?:pixels|\w+ judge) +([\d.]+) +(\d+)%$"
        ),  # pixels, first, second, third
        check=lambda v: (
            v[1] > 75 and max(v[5], v[7]) < 5 and max(v[4], v[6]) < min(v[0], v[2])
        ),
        altered=[29.0, 92, 9.0, 18, 12.0, 20, 11.0, 30],
    ),
    Claim(
        quote="The first stands between them and the pixels.",
        evidence=lambda page: page.numbers(r"^(?:pixels|\w+ judge) +([\d.]+) +(\d+)%$"),
        check=lambda v: v[0] > v[2] > v[4] and v[1] > v[3] > v[5],
        altered=[29.0, 92, 35.0, 95, 12.0, 20, 11.0, 30],
    ),
    Claim(
        quote="A floor from the first images of both files comes out far too high",
        evidence=lambda page: [
            page.number(r"^the first 625 of both files, in their order: ([\d.]+)$"),
            page.number(r"^ *625 pictures: real +([\d.]+),"),
        ],
        check=lambda v: v[0] > 1.5 * v[1],
        altered=[5.5, 5.5],
    ),
    Claim(
        quote="Left, the floor sinks with n, and the GAN's distance sinks with it",
        evidence=lambda page: page.numbers(
            r"^ *\d+ pictures: real +([\d.]+), dcgan +([\d.]+)$"
        )[:8],
        check=lambda v: (
            v[::2] == sorted(v[::2], reverse=True)
            and v[1::2] == sorted(v[1::2], reverse=True)
        ),
        altered=[5.0, 7.0, 5.1, 7.1, 5.0, 7.0, 5.1, 7.1],
    ),
    Claim(
        quote="Right, the dots scatter around one level, whatever the n.",
        evidence=lambda page: page.numbers(
            r"^ *\d+ pictures: real +(-?[\d.]+), dcgan +([\d.]+)$"
        )[8:],
        check=lambda v: (
            max(v[1::2]) < 1.5 * min(v[1::2]) and max(map(abs, v[::2])) < 0.3 * v[1]
        ),
        altered=[1.0, 40.0, 1.0, 20.0, 1.0, 10.0],
    ),
    Claim(
        quote="In the middle, G has lost a group: precision is high, density even "
        "higher, and coverage breaks down.",
        evidence=shares("one group only", "as real"),
        check=lambda v: v[0] >= v[4] and v[2] > v[6] and v[3] < 0.7 * v[7],
        altered=[0.5, 0.5, 0.5, 1.0, 0.9, 1.0, 0.9, 1.0],
    ),
    Claim(
        quote="On the right, G paints outside the lines: precision breaks down, "
        "recall stays. Even the fakes on the left, drawn exactly like the real "
        "points, do not get 1 everywhere.",
        evidence=shares("too wide", "as real"),
        check=lambda v: v[0] < 0.7 * v[4] and v[1] > 0.95 and min(v[4:]) < 1,
        altered=[0.9, 0.5, 0.3, 0.7, 1.0, 1.0, 1.0, 1.0],
    ),
    Claim(
        quote="Precision asks whether pictures are good, and is content with a hundred "
        "of them.",
        evidence=lambda page: [float(x) for x in noticed(page, "precision")],
        check=lambda v: v[3] == 0 and sum(v) <= 1,
        altered=[1.0, 1.0, 0.0, 1.0, 1.0, 0.0],
    ),
    Claim(
        quote="Class KL cares for what the judge reads, not for how it is written.",
        evidence=lambda page: [float(x) for x in noticed(page, "class KL (nats)")],
        check=lambda v: v[0] == 0 and v[2] == v[4] == 1,
        altered=[1.0, 1.0, 0.0, 0.0, 0.0, 0.0],
    ),
    Claim(
        quote="The two distances, recall and coverage notice everything, up to the "
        "last column.",
        evidence=spoilt(
            "Fréchet distance", "kernel distance x 1000", "recall", "coverage"
        ),
        check=lambda v: min(v) == 5,
        altered=[5, 5, 4, 5],
    ),
    Claim(
        quote="Copies of training images are as good as real ones, by every measure "
        "except *memorisation*.",
        evidence=lambda page: [
            measure
            for measure in re.findall(
                r"^\| ([\w(][^|]*?) \| [\d.]+ \|", page.text, re.M
            )
            if noticed(page, measure)[-1]
        ],
        check=lambda names: names == ["memorisation, features", "memorisation, pixels"],
        altered=["Fréchet distance", "memorisation, features"],
    ),
    Claim(
        quote="Ten pictures beat all of MNIST; the Fréchet distance puts them last. "
        "And between generators the score moves far less than the distance does.",
        evidence=lambda page: page.numbers(r"^ *2000 [\w, ]+? +([\d.]+) +([\d.]+)$"),
        check=lambda v: (
            v[2] > v[0]
            and v[3] == max(v[1::2])
            and max(v[4::2]) / min(v[4::2]) < 0.2 * max(v[5::2]) / min(v[5::2])
        ),
        altered=[9.8, 1.0, 9.0, 90.0] + 10 * [5.0, 5.0],
    ),
    Claim(
        quote="the test image of that class lies as near to some training image, and "
        "mostly nearer",
        evidence=lambda page: page.number(r"the nearer one in (\d+) of 10 classes"),
        check=lambda count: count < 5,
        altered=9,
    ),
    Claim(
        quote="Most pairs show the same digit in much the same hand.",
        evidence=lambda page: page.number(r"^(\d+) of 10 lie nearest to a training"),
        check=lambda count: 6 <= count,
        altered=3,
    ),
    Claim(
        quote="Nor do the ratios, a little *above* 1, speak for copying.",
        evidence=lambda page: page.numbers(
            r"^(?:dcgan|copies) +memorisation ratio: features (\S+), pixels (\S+)$"
        ),
        check=lambda v: all(1 < x < 1.3 for x in v[:2]) and max(v[2:]) < 0.1,
        altered=[0.4, 0.5, 0.0, 0.0],
    ),
    Claim(
        quote="From left to right precision climbs nearly to its dotted line.",
        evidence=lambda page: [
            *shrunk("precision")(page),
            page.number(r"^\| precision \| ([\d.]+) \|"),
        ],
        check=lambda v: v[:5] == sorted(v[:5]) and 0 < v[5] - v[4] < 0.06,
        altered=[0.9, 0.8, 0.7, 0.6, 0.5, 0.9],
    ),
    Claim(
        quote="recall breaks down, and coverage follows.",
        evidence=lambda page: shrunk("recall")(page) + shrunk("coverage")(page),
        check=lambda v: v[4] < 0.3 * v[0] and v[9] < 0.5 * v[5],
        altered=[0.9, 0.9, 0.9, 0.9, 0.8, 0.3, 0.3, 0.3, 0.3, 0.3],
    ),
    Claim(
        quote="Legible pictures do not become more, as notebook 05 found.",
        evidence=shrunk("legibility"),
        check=lambda v: max(v) < v[0] + 0.01,
        altered=[0.8, 0.85, 0.9, 0.95, 0.99],
    ),
    Claim(
        quote="is the luckiest of five for the DCGAN: the mean of the five is a tenth "
        "higher.",
        evidence=lambda page: page.numbers(
            r"several sets of latents: " + " ".join(5 * [r"([\d.]+)"])
        ),
        check=lambda v: min(v) == v[0] and 1.05 < sum(v) / 5 / v[0] < 1.15,
        altered=[3.1, 3.0, 2.9, 3.1, 3.0],
    ),
    Claim(
        quote="The noise of training can be little more, as with `modern`",
        evidence=lambda page: page.numbers(SPREADS.format("modern")),
        check=lambda v: v[2] < 2 * v[1],
        altered=[1.0, 0.07, 0.7],
    ),
    Claim(
        quote="five trainings of `dcgan` scatter more than twice as widely as the sets "
        "of latents of one.",
        evidence=lambda page: [
            *page.numbers(SPREADS.format("dcgan"))[1:],
            page.number(r"^dcgan +[\d.]+ +[\d.]+ +(\d+) +[\d.]+$"),  # trainings
        ],
        check=lambda v: v[2] == 5 and 2 < v[1] / v[0] < 3.5,
        altered=[0.16, 0.2, 5.0],
    ),
    Claim(
        quote="three recipes of our own lead in every column, and `dcgan_tf` is last",
        evidence=lambda page: [
            [
                name
                for name, _ in sorted(table(page).items(), key=lambda r, i=i: r[1][i])
            ]
            for i in range(5)
        ],
        check=lambda orders: (
            all({*o[:3]} == OURS for o in orders[:3])
            and all({*o[-3:]} == OURS for o in orders[3:])
            and {o[-1] for o in orders[:3]} | {o[0] for o in orders[3:]} == {"dcgan_tf"}
        ),
        altered=5 * [["dcgan", "modern_labels", "modern", "dcgan_tf"]],
    ),
    Claim(
        quote="The first judge clearly prefers `dcgan` to `mlp_bn_fullbatch`, the "
        "third the reverse.",
        evidence=lambda page: re.findall(
            r"^dcgan or mlp_bn_fullbatch\?.* first: (\w+), third: (\w+)$",
            page.text,
            re.MULTILINE,
        ),
        check=lambda found: found == [("dcgan", "mlp_bn_fullbatch")],
        altered=[("dcgan", "dcgan")],
    ),
    Claim(
        quote="the third puts `dcgan_28` far back, whose pictures are indeed the least "
        "legible but for the last",
        evidence=lambda page: [
            [
                name
                for name, _ in sorted(table(page).items(), key=lambda r, i=i: r[1][i])
            ]
            for i in (0, 1, 2, 3)
        ],
        check=lambda orders: (
            max(o.index("dcgan_28") for o in orders[:2]) == 5
            and orders[2].index("dcgan_28") == 8
            and orders[3].index("dcgan_28") == 1
        ),
        altered=4 * [["modern", "dcgan_28", "dcgan_tf"]],
    ),
    Claim(
        quote="Of the pictures of `modern` one in ten cannot be read with confidence; "
        "of real digits it is one in fifty.",
        evidence=lambda page: [row(page, name)[3] for name in (r"\*real\*", "modern")],
        check=lambda v: round(100 - v[0]) == 2 and round(100 - v[1]) in (9, 10, 11),
        altered=[99.5, 97.0],
    ),
    Claim(
        quote="and nearly all of theirs can be read",
        evidence=lambda page: [row(page, name)[3] for name in TOLD],
        check=lambda v: min(v) > 93,
        altered=[98.0, 91.0],
    ),
    Claim(
        quote="By 64 pixel coordinates the right Gaussian is *nearer* to real digits "
        "than other real digits are, and it is smoke. The judge, who has learnt other "
        "coordinates, sees that at once.",
        evidence=judge_of,
        check=lambda v: v[5] < v[0] and v[6] > 10 * v[1],
        altered=[0.4, 1.2, 99, 99, 99, 0.6, 1.3, 99, 99, 99, 38.0, 360.0, 99, 50, 99],
    ),
    Claim(
        quote="Two of three judges read pure noise without a doubt.",
        evidence=lambda page: judge_of(page)[12:],
        check=lambda v: sum(share > 99 for share in v) == 2,
        altered=[10.0, 20.0, 30.0],
    ),
    Claim(
        quote="for the noise it takes the distance, which is beyond all others.",
        evidence=lambda page: [
            judge_of(page)[11],
            *(values[0] for values in table(page).values()),
        ],
        check=lambda v: v[0] > 2 * max(v[1:]),
        altered=[80.0] + 10 * [70.0],
    ),
]
