"""What notebook 01 says, and where that is to be seen."""

from claims import Claim

GRAY = r"gray pixels: (\d+)% of the digits, (\d+)% of the means"
WALK = r"gray pixels: (\d+)% at the ends, (\d+)% half way"
MEDIAN = r"^(?:copies|test images|pixel by pixel|noise) +median distance +([\d.]+)"
AVERAGES = r"averages: median distance ([\d.]+).*\ntest images: ([\d.]+)"

CLAIMS = [
    Claim(
        quote="Most numbers are near 0 or near 255.",
        evidence=lambda page: page.number(r"(\d+)% of the pixels of this digit"),
        check=lambda share: share < 25,
        altered=60.0,
    ),
    Claim(
        quote="The boldest tenth of the 1s has twice the ink of the thinnest.",
        evidence=lambda page: page.number(r"boldest tenth has ([\d.]+) times"),
        check=lambda times: 1.8 <= times <= 2.4,
        altered=1.2,
    ),
    Claim(
        quote="In MNIST, 1 is the most common digit and 5 the rarest.",
        evidence=lambda page: page.numbers(r"^(?:most common|rarest): (\d) "),
        check=lambda digits: digits == [1, 5],
        altered=[5, 1],
    ),
    Claim(
        quote="soft ghosts with three times the gray of a digit",
        evidence=lambda page: page.numbers(GRAY),
        check=lambda v: 2.5 <= v[1] / v[0] <= 4,
        altered=[10.0, 15.0],
    ),
    Claim(
        quote="A tower at 0, a smaller one at the right end",
        evidence=lambda page: page.numbers(r"(\d+)% of the .* black, (\d+)% almost"),
        check=lambda v: v[0] > 2 * v[1] > 10,
        altered=[40.0, 49.0],
    ),
    Claim(
        quote="Nine of ten pixels lie in the two towers.",
        evidence=lambda page: page.numbers(r"(\d+)% of the .* black, (\d+)% almost"),
        check=lambda v: 85 <= sum(v) <= 95,
        altered=[60.0, 20.0],
    ),
    Claim(
        quote="fewer than half of the images lie nearest to the middle of their own",
        evidence=lambda page: page.number(r"by  2 coordinates, (\d+)% lie"),
        check=lambda share: share < 50,
        altered=70.0,
    ),
    Claim(
        quote="With 64 coordinates it is about four of five.",
        evidence=lambda page: page.number(r"by 64 coordinates, (\d+)% lie"),
        check=lambda share: 75 <= share <= 85,
        altered=60.0,
    ),
    Claim(
        quote="keep d = 64 of them",
        evidence=lambda page: page.number(r"^64 of 784 coordinates keep (\d+)%"),
        check=lambda share: 80 <= share < 100,
        altered=40.0,
    ),
    Claim(
        quote="twice as many gray pixels as in a digit",
        evidence=lambda page: page.numbers(WALK),
        check=lambda v: 1.7 <= v[1] / v[0] <= 3,
        altered=[9.0, 10.0],
    ),
    Claim(
        quote="Nearly all neighbours are of the same class",
        evidence=lambda page: page.number(r"^(\d+) of 40 neighbours are"),
        check=lambda count: 36 <= count <= 40,
        altered=20,
    ),
    Claim(
        quote="most pixels to the right of a bright one are bright as well",
        evidence=lambda page: page.numbers(r"right of a bright pixel, (\d+)%"),
        check=lambda v: v[0] > 65 and max(v[1:]) <= 50,
        altered=[40.0, 41.0, 42.0],
    ),
    Claim(
        quote="Copies at zero, test images in a hill of their own, the two failed",
        evidence=lambda page: page.numbers(MEDIAN),
        check=lambda v: v[0] == 0 and v == sorted(v),
        altered=[0.0, 9.0, 5.0, 15.0],
    ),
    Claim(
        quote="the ruler likes them *better* than real digits",
        evidence=lambda page: page.numbers(AVERAGES),
        check=lambda v: v[0] < v[1],
        altered=[5.0, 4.0],
    ),
    Claim(
        quote="The averages are soft and gray",
        evidence=lambda page: page.numbers(r"(\d+)% gray pixels\n.*, (\d+)%"),
        check=lambda v: v[0] > 1.5 * v[1],
        altered=[9.0, 9.0],
    ),
]
