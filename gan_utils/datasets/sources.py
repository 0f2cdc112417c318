"""The data sets that can be downloaded: file names, mirrors, checksums, class names.

Files and layout are those of torchvision (`MNIST/raw/train-images-idx3-ubyte.gz` and so
on), so a folder that torchvision has filled works here, and the reverse.

Checksums are SHA-256. Those of Fashion-MNIST and KMNIST are the ones that TensorFlow
Datasets publishes (url_checksums/fashion_mnist.txt and kmnist.txt).
"""

from dataclasses import dataclass, field

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


class DataError(RuntimeError):
    """A data set cannot be used. The message is one line: what, where, what to do.

    reason: the part of it that says what and where.
    """

    def __init__(self, reason, remedy=""):
        super().__init__(f"{reason}; {remedy}" if remedy else reason)
        self.reason = reason


@dataclass(frozen=True)
class Source:
    """A data set of four idx files. Checksums are in the order of FILES."""

    name: str
    folder: str
    mirrors: tuple[str, ...]
    classes: tuple[str, ...]
    packed: tuple[str, ...]  # SHA-256 of each .gz file
    unpacked: tuple[str, ...] = field(default=())  # and of what is in it, where known

    def checksums(self):
        """{file name: SHA-256} of every file that is welcome, unpacked ones first."""
        names = [*FILES[: len(self.unpacked)], *(f"{name}.gz" for name in FILES)]
        return dict(zip(names, self.unpacked + self.packed, strict=True))


MNIST = Source(
    name="MNIST",
    folder="MNIST",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "http://yann.lecun.com/exdb/mnist/",
    ),
    classes=tuple("0123456789"),
    packed=(
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    unpacked=(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)

FASHION = Source(
    name="Fashion-MNIST",
    folder="FashionMNIST",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    packed=(
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
)

KMNIST = Source(
    name="KMNIST",
    folder="KMNIST",
    mirrors=("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    packed=(
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    ),
)

SOURCES = {"mnist": MNIST, "fashion": FASHION, "kmnist": KMNIST}
