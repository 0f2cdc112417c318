"""What notebook 04 says of its patients, of the lab, and of the tamed GAN."""

from claims import Claim

HEADS = "distance classes d_loss signal slope variety ranked seconds".split()


def measured(page, name):
    """The row of a GAN in the tables of measures, as {heading: number}."""
    lines = page.text.splitlines()
    line = next(line for line in lines if line.startswith(f"| {name} |"))
    return dict(zip(HEADS, map(float, line.split("|")[2:-1]), strict=True))


def cells(column, *names):
    """The numbers of some GANs in one column."""
    return lambda page: [measured(page, name)[column] for name in names]


def lab(gan, field, *names):
    """A field of some rows that the lab compared, in order."""

    def read(page):
        found = page.stored("benchmarks/lab.json")["comparisons"][gan]
        return [found[name][field] for name in names]

    return read


def shown(gan, *verdicts, judge="first"):
    """The rows of a GAN for which a judge has shown one of these verdicts."""

    def read(page):
        found = page.stored("benchmarks/lab.json")["comparisons"][gan]
        seen = {
            k: row["second"] if judge == "second" else row for k, row in found.items()
        }
        return sorted(name for name, row in seen.items() if row["verdict"] in verdicts)

    return read


def first_row(page):
    """The trick with the smallest distances on the sane GAN."""
    found = page.stored("benchmarks/lab.json")["comparisons"]["sane"]
    return min(found, key=lambda name: found[name]["ratio"])


def single_tricks(page):
    """The smallest distance of one trick on A and on B, and the tamed GAN's largest."""
    best, tamed = [], []
    for run in page.stored("benchmarks/lab.json")["rows"]:
        mean = sum(run["first"]) / len(run["first"])
        if run["gan"] in ("A", "B"):
            best.append(mean)
        elif run["row"] == "tamed":
            tamed.append(mean)
    return [min(best), max(tamed)]


def helps(verdicts):
    """Whether all of them help."""
    return set(verdicts) == {"helps"}


PENALTIES = ("R1, gamma 1", "R1, gamma 10", "WGAN-GP", "RpGAN + R1 + R2")
CLAIMS = [
    Claim(
        quote="A draws gray noise, another for each latent.",
        evidence=cells("variety", "A"),
        check=lambda v: v[0] > 0.1,
        altered=[0.001],
    ),
    Claim(
        quote="B draws one picture, the same for every latent",
        evidence=cells("variety", "B"),
        check=lambda v: v[0] < 0.02,
        altered=[0.2],
    ),
    Claim(
        quote="both loss curves tell the same story: D is nearly always right",
        evidence=cells("ranked", "A", "B"),
        check=lambda v: min(v) > 0.95,
        altered=[1.0, 0.7],
    ),
    Claim(
        quote="Still one picture, and now the loss of a perfect game.",
        evidence=lambda page: [
            page.number(r"^d_loss ([\d.]+); 2 ln 2"),
            measured(page, "B, more G")["variety"],
        ],
        check=lambda v: abs(v[0] - 1.386) < 0.08 and v[1] < 0.02,
        altered=[0.9, 0.001],
    ),
    Claim(
        quote="*A*: D is steep, but the signal is next to nothing.",
        evidence=lambda page: [measured(page, "A")[k] for k in ("slope", "signal")],
        check=lambda v: v[0] > 1 and v[1] < 1e-3,
        altered=[4.5, 0.3],
    ),
    Claim(
        quote="*B*: the signal is strong, the variety is zero.",
        evidence=lambda page: [measured(page, "B")[k] for k in ("signal", "variety")],
        check=lambda v: v[0] > 0.5 and v[1] < 0.01,
        altered=[1.3, 0.1],
    ),
    Claim(
        quote="For A, the hinge brings the signal back",
        evidence=cells("signal", "A", "A with hinge"),
        check=lambda v: v[1] > 1000 * v[0],
        altered=[7e-05, 0.01],
    ),
    Claim(
        quote="noise of another kind",
        evidence=lambda page: [
            *cells("distance", "A", "A with hinge")(page),
            *cells("classes", "A with hinge")(page),
        ],
        check=lambda v: v[1] > 0.5 * v[0] and v[2] == 1,
        altered=[427.0, 60.0, 8.0],
    ),
    Claim(
        quote="non-saturating loss, strokes appear",
        evidence=lambda page: [
            measured(page, name)["distance"]
            for name in ("A", "A with one update of D + non-saturating loss")
        ],
        check=lambda v: v[1] < 0.4 * v[0],
        altered=[427.0, 300.0],
    ),
    Claim(
        quote="The average of noise is noise: EMA does nothing.",
        evidence=cells("distance", "A", "A with EMA of G"),
        check=lambda v: v[1] > 0.8 * v[0],
        altered=[427.1, 60.0],
    ),
    Claim(
        quote="batch norm in G and the penalised relativistic game bring variety",
        evidence=cells(
            "variety", "B", "B with batch norm in G", "B with RpGAN + R1 + R2"
        ),
        check=lambda v: min(v[1:]) > 5 * v[0] and min(v[1:]) > 0.1,
        altered=[0.003, 0.3, 0.01],
    ),
    Claim(
        quote="spectral norm does nothing",
        evidence=cells("variety", "B with spectral norm in D"),
        check=lambda v: v[0] < 0.02,
        altered=[0.3],
    ),
    Claim(
        quote="And nobody is cured.",
        evidence=lambda page: [
            measured(page, name)["distance"]
            for name in (
                *("A with one update of D + non-saturating loss", "A with hinge"),
                *("B with batch norm in G", "tamed"),
            )
        ],
        check=lambda v: min(v[:3]) > 3 * v[3],
        altered=[189.2, 144.3, 6.0, 5.2],
    ),
    Claim(
        quote="What bounds D's slope on real pictures (R1, WGAN-GP, R1 + R2)",
        evidence=lab("A", "verdict", *PENALTIES),
        check=helps,
        altered=["helps", "helps", "not shown", "helps"],
    ),
    Claim(
        quote="a loss of G with a slope that cannot vanish (hinge, RpGAN)",
        evidence=lab("A", "verdict", "hinge", "RpGAN"),
        check=helps,
        altered=["helps", "hurts"],
    ),
    Claim(
        quote="EMA and falling rates lie on the line",
        evidence=lab("A", "ratio", "EMA of G", "rates fall to 0"),
        check=lambda v: all(0.9 < ratio < 1.1 for ratio in v),
        altered=[1.0, 0.4],
    ),
    Claim(
        quote="B has a short list: batch norm in G, and penalties on D.",
        evidence=lab(
            "B", "ratio", "batch norm in G", "R1, gamma 10", "RpGAN + R1 + R2"
        ),
        check=lambda v: max(v) < 0.6,
        altered=[0.2, 0.9, 0.2],
    ),
    Claim(
        quote="one row: Wasserstein, which helps A, hurts here",
        evidence=lambda page: [
            shown("sane", "helps", "hurts")(page),
            *lab("A", "verdict", "Wasserstein")(page),
            *lab("sane", "verdict", "Wasserstein")(page),
        ],
        check=lambda v: v == [["Wasserstein"], "helps", "hurts"],
        altered=[["Wasserstein", "slower G"], "helps", "hurts"],
    ),
    Claim(
        quote="shows another row: batch norm in all of D helps",
        evidence=lambda page: [
            shown("sane", "helps", "hurts", judge="second")(page),
            *lab("sane", "second", "batch norm in all of D")(page),
        ],
        check=lambda v: (
            v[0] == ["batch norm in all of D"] and v[1]["verdict"] == "helps"
        ),
        altered=[["Wasserstein"], {"verdict": "helps"}],
    ),
    Claim(
        quote="norm in all of D stands first, the one row that hurts B.",
        evidence=lambda page: [first_row(page), *shown("B", "hurts")(page)],
        check=lambda v: v == ["batch norm in all of D"] * 2,
        altered=["hinge", "batch norm in all of D"],
    ),
    Claim(
        quote="And no single trick brings A or B near the floor.",
        evidence=single_tricks,
        check=lambda v: v[0] > 4 * v[1],
        altered=[6.0, 3.7],
    ),
    Claim(
        quote="Each part that is taken out costs.",
        evidence=lab(
            *("path", "verdict", "without EMA", "with momentum"),
            "without batch norm in G",
        ),
        check=lambda v: set(v) == {"hurts"},
        altered=["hurts", "not shown", "hurts"],
    ),
    Claim(
        quote="in the place of the hinge is about a tenth worse.",
        evidence=lab(
            *("path", "ratio", "minimax in place of hinge"),
            "non-saturating in place of hinge",
        ),
        check=lambda v: 1.05 < min(v) <= max(v) < 1.15,
        altered=[1.1, 1.2],
    ),
    Claim(
        quote="half as bad again, but it stands without batch norm",
        evidence=lab(
            *("path", "ratio", "RpGAN + R1 + R2 in place of hinge"),
            *("RpGAN + R1 + R2, without batch norm", "without batch norm in G"),
        ),
        check=lambda v: 1.4 < v[0] < 1.6 and v[1] < 2 and v[2] > 20,
        altered=[1.5, 1.7, 3.0],
    ),
    Claim(
        quote="Digits, all ten classes, a distance next to that of notebook 03.",
        evidence=lambda page: [
            measured(page, "tamed")["classes"],
            measured(page, "tamed")["distance"],
            page.number(r"dcgan of notebook 03 ([\d.]+)"),
        ],
        check=lambda v: v[0] == 10 and v[1] < 2 * v[2],
        altered=[10.0, 40.0, 4.1],
    ),
    Claim(
        quote="About one picture in five is still no clear digit to the judge",
        evidence=lambda page: page.number(r"^tamed: (\d+)% read"),
        check=lambda v: 74 <= v <= 86,
        altered=96.0,
    ),
    Claim(
        quote="D ranks right far less often, its slope is moderate",
        evidence=lambda page: [
            *cells("ranked", "A", "B", "tamed")(page),
            *cells("slope", "A", "tamed")(page),
        ],
        check=lambda v: v[2] < min(v[:2]) - 0.2 and v[4] < v[3] / 2,
        altered=[1.0, 1.0, 0.95, 4.5, 0.9],
    ),
]
