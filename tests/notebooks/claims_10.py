"""What notebook 10 says of its live rung and of the stored ladder."""

from statistics import fmean

from claims import Claim

LADDER, TIMED = "benchmarks/ladder.json", "benchmarks/time_to_quality.json"
JUDGES = ("first", "second", "third")
NETWORKS = ("PixelShuffle", "G at 7 x 7", "D at 7 x 7")
TOP = "D at 7 x 7"


def changes(group, *rows, measure="fd"):
    """Evidence: {row: {judge: [ratio or mean, verdict]}} of a measure."""

    def read(page):
        table = page.stored(LADDER)["comparisons"][group]
        found = []
        for row in rows:
            entries = [table[row][judge][measure] for judge in JUDGES]
            found += [[e.get("ratio", e.get("mean")), e["verdict"]] for e in entries]
        return found

    return read


def beside_modern(*rows):
    """Evidence: the first judge's distance of each row, as a multiple of `modern`'s."""

    def read(page):
        table = page.stored(LADDER)["comparisons"]["modern"]
        return [table[row]["first"]["fd"]["ratio"] for row in rows]

    return read


def distances(*rows):
    """Evidence: the first judge's mean distance of each row."""
    return measures("fd", "first", *rows)


def verdicts(entries):
    return {verdict for _, verdict in entries}


def values(entries):
    return [value for value, _ in entries]


def measures(measure, judge, *rows):
    """Evidence: a measure's mean over the seeds of each row, by one judge."""
    return lambda page: [
        page.stored(LADDER)["summary"][row][judge][measure] for row in rows
    ]


def at(judge, measure="fd"):
    """Evidence: means of `modern` after 30, 60, 120 and 300 s, of a measure."""

    def read(page):
        rows = [r for r in page.stored(TIMED)["rows"] if r["name"] == "modern"]
        return [
            fmean(row[judge][measure] for row in rows if row["moment"] == moment)
            for moment in (30, 60, 120, 300)
        ]

    return read


def looks(page):
    """Of G itself, then of its average: the first distance, and the second half."""
    line = r" +first look +([\d.]+), second half" + 6 * r" ([\d.]+)"
    return [page.numbers(f"^{name}{line}$") for name in ("G itself", "its average")]


def grown(page):
    """Without, then with labels, by each judge: both differences of five seeds."""
    numbers = r"((?:[-+][\d.]+ ?){5})"
    line = rf"^ +(?:first|second|third) +judge, (?:fd|recall) +{numbers}$"
    found = page.numbers(line)
    return [[found[k : k + 5], found[k + 5 : k + 10]] for k in range(0, 60, 10)]


CLAIMS = [
    Claim(
        quote="In the second half the average is the nearer one at every look, at the "
        "end about half as far away, and it falls from look to look",
        evidence=looks,
        check=lambda v: (
            max(v[1][1:]) < min(v[0][1:])
            and 0.4 < v[1][-1] / v[0][-1] < 0.65
            and v[1][1:] == sorted(v[1][1:], reverse=True)
        ),
        altered=[[56.0] + 6 * [8.0], [350.0, 6.0, 5.0, 4.9, 5.1, 4.2, 4.0]],
    ),
    Claim(
        quote="At the start it is the other way round",
        evidence=lambda page: [look[0] for look in looks(page)],
        check=lambda v: v[1] > 2 * v[0],
        altered=[56.0, 60.0],
    ),
    Claim(
        quote="The climb goes from 15 to about 3",
        evidence=distances("networks of 03", TOP),
        check=lambda v: 14.5 < v[0] < 15.5 and 3 <= v[1] < 3.5,
        altered=[15.1, 4.4],
    ),
    Claim(
        quote="Without momentum the distance falls to little more than a half, and "
        "twice the rate takes off more than a third of the rest: no line of code is "
        "new, and all three judges agree.",
        evidence=changes("rungs", "no momentum", "twice the rate"),
        check=lambda v: (
            verdicts(v) == {"helps"}
            and all(0.5 < ratio < 0.65 for ratio in values(v[:3]))
            and max(values(v[3:])) < 0.667
        ),
        altered=3 * [[0.55, "helps"]] + 3 * [[0.6, "not shown"]],
    ),
    Claim(
        quote="Next come the hinge loss and the constant rates.",
        evidence=changes("rungs", "hinge loss", "constant rates"),
        check=lambda v: (
            max(values(v)) < 0.9 and verdicts([v[0], v[1], *v[3:]]) == {"helps"}
        ),
        altered=6 * [[0.8, "not shown"]],
    ),
    Claim(
        quote="Some rungs do *nothing* that could be shown. One is the average of G",
        evidence=changes("rungs", "average of G"),
        check=lambda v: verdicts(v) == {"not shown"},
        altered=3 * [[0.5, "helps"]],
    ),
    Claim(
        quote="And the three that change the networks, all of sections 4 and 5, leave "
        "the distance where it was.",
        evidence=changes("rungs", *NETWORKS),
        check=lambda v: (
            verdicts(v) == {"not shown"} and all(0.85 < r < 1.15 for r in values(v))
        ),
        altered=9 * [[0.7, "helps"]],
    ),
    Claim(
        quote="A step of the new networks costs as much as one of the old, though it "
        "multiplies more",
        evidence=lambda page: [
            page.stored(LADDER)["step_seconds"]["lean step"],
            page.stored(LADDER)["step_seconds"][TOP],
            *(
                sum(page.numbers(rf"^{net} +([\d.]+) +([\d.]+) +([\d.]+)$"))
                for net in ("G of 03", "G of modern", "D of 03", "D of modern")
            ),
        ],
        check=lambda v: abs(v[1] / v[0] - 1) < 0.05 and v[3] > v[2] and v[5] > v[4],
        altered=[0.04, 0.06, 1.0, 2.0, 1.0, 2.0],
    ),
    Claim(
        quote="Added at its rung it was worth nothing, and without it the top is "
        "twice as far from real digits by the first judge, the worst of all single "
        "losses.",
        evidence=beside_modern(
            "no average of G",
            *("with momentum", "half the rate", "cross-entropy"),
            *("falling rates", "plain step", "both networks of 03"),
        ),
        check=lambda v: 1.9 < v[0] < 2.5 and v[0] == max(v),
        altered=[1.1, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    ),
    Claim(
        quote="it helped at its rung, but of the three judges only one can tell that "
        "it is missing at the top.",
        evidence=changes("modern", "cross-entropy"),
        check=lambda v: [k for _, k in v] == ["not shown", "not shown", "hurts"],
        altered=3 * [[1.4, "hurts"]],
    ),
    Claim(
        quote="And put both networks of notebook 03 back: two judges see no change, "
        "the third a small one.",
        evidence=changes("modern", "both networks of 03"),
        check=lambda v: (
            [k for _, k in v] == ["not shown", "not shown", "hurts"] and v[2][0] < 1.1
        ),
        altered=3 * [[1.4, "hurts"]],
    ),
    Claim(
        quote="The loss of the paper is more than three times as far from real digits "
        "as ours, and without norm layers about ten or thirty times.",
        evidence=beside_modern(
            "R3GAN's loss, gamma 0.77",
            "R3GAN's loss, gamma 0.77, no norm",
            "R3GAN's loss, gamma 0.08",
            "R3GAN's loss, gamma 0.08, no norm",
        ),
        check=lambda v: (
            3 < min(v[::2]) <= max(v[::2]) < 4 and 9 < v[1] < 11 and 28 < v[3] < 34
        ),
        altered=[2.0, 10.5, 3.5, 30.0],
    ),
    Claim(
        quote="differentiates D twice and costs nearly two plain ones, so a minute "
        "buys about half as many",
        evidence=lambda page: [
            page.stored(LADDER)["step_seconds"]["R3GAN's loss, gamma 0.77"],
            page.stored(LADDER)["step_seconds"][TOP],
        ],
        check=lambda v: 1.8 < v[0] / v[1] < 2.05,
        altered=[0.06, 0.042],
    ),
    Claim(
        quote="After a minute every judge finds that both kinds of labels bring the "
        "digits nearer: the second and third judge by far more than the first, and "
        "people's labels by more than clusters.",
        evidence=changes("modern", "clusters", "labels"),
        check=lambda v: (
            verdicts(v) == {"helps"}
            and max(v[1][0], v[2][0]) < 0.6 * v[0][0]
            and max(v[4][0], v[5][0]) < 0.6 * v[3][0]
            and all(v[k + 3][0] < v[k][0] for k in range(3))
        ),
        altered=6 * [[0.5, "helps"]],
    ),
    Claim(
        quote="Precision and legibility rise steeply, as the bridges go.",
        evidence=lambda page: [
            *measures("precision", "first", TOP, "clusters", "labels")(page),
            *measures("legible", "third", TOP, "clusters", "labels")(page),
        ],
        check=lambda v: min(v[1:3]) > v[0] + 0.15 and min(v[4:]) > v[3] + 0.15,
        altered=[0.7, 0.75, 0.9, 0.7, 0.9, 0.9],
    ),
    Claim(
        quote="*Recall* falls, by the first judge most: a part of the handwriting is "
        "no longer drawn.",
        evidence=changes("modern", "clusters", "labels", measure="recall"),
        check=lambda v: (
            max(values(v)) < 0
            and v[0][0] < min(v[1][0], v[2][0])
            and v[3][0] < min(v[4][0], v[5][0])
        ),
        altered=[[0.1, "helps"], *5 * [[-0.1, "hurts"]]],
    ),
    Claim(
        quote="With labels the digits come nearer with every seed and by every judge, "
        "and recall rises each time.",
        evidence=lambda page: grown(page)[3:],
        check=lambda v: all(max(fd) < 0 < min(recall) for fd, recall in v),
        altered=3 * [[[-0.1, 0.1, -0.1, -0.1, -0.1], 5 * [0.02]]],
    ),
    Claim(
        quote="Without labels recall rises with every seed by the first judge alone, "
        "and by the first two judges the digits come nearer with three seeds of five",
        evidence=lambda page: grown(page)[:3],
        check=lambda v: (
            [min(recall) > 0 for _, recall in v] == [True, False, False]
            and [sum(d < 0 for d in fd) for fd, _ in v[:2]] == [3, 3]
        ),
        altered=3 * [[5 * [-0.1], 5 * [0.02]]],
    ),
    Claim(
        quote="By the first judge a minute halves the distance of half a minute, and "
        "two minutes take off more than a third of what is left.",
        evidence=at("first"),
        check=lambda v: 0.45 < v[1] / v[0] < 0.55 and 0.55 < v[2] / v[1] < 0.66,
        altered=[4.0, 3.0, 2.0, 1.6],
    ),
    Claim(
        quote="after five minutes both judges find the digits a little *farther*. Are "
        "they worse? Recall and coverage go on rising. But *class KL* (notebook 06) "
        "rises again, too",
        evidence=lambda page: [
            *(at(judge)(page)[2:] for judge in ("first", "second")),
            *(at("first", name)(page)[2:] for name in ("recall", "coverage")),
            at("first", "class_kl")(page)[2:],
        ],
        check=lambda v: all(two < five for two, five in v) and v[0][1] < 1.2 * v[0][0],
        altered=[[0.9, 0.8], [0.6, 0.65], [0.86, 0.89], [0.9, 0.92], [0.003, 0.004]],
    ),
    Claim(
        quote="With the right number of each digit about a quarter of the distance is "
        "gone.",
        evidence=lambda page: page.numbers(
            r"^(?:as drawn|real shares) +distance ([\d.]+), first judge$"
        ),
        check=lambda v: 0.7 < v[1] / v[0] < 0.8,
        altered=[0.98, 0.9],
    ),
    Claim(
        quote="A graphics card makes as many steps in a fraction of the time, if they "
        "are recorded",
        evidence=lambda page: page.numbers(
            r"^so [\d,]+ steps take (\d+) s, or (\d+) s$"
        ),
        check=lambda v: v[1] < 300 / 10 and v[0] > 3 * v[1],
        altered=[80.0, 60.0],
    ),
]
