"""The judge: a classifier whose features measure pictures, and its verdicts."""

from gan_utils.judge.classifier import Labelled
from gan_utils.judge.judge import load_judge
from gan_utils.judge.reference import load_reference, spaced
from gan_utils.judge.verdict import (
    METRICS,
    SAMPLE_SEED,
    as_table,
    judge_images,
)

__all__ = [
    "METRICS",
    "SAMPLE_SEED",
    "Labelled",
    "as_table",
    "judge_images",
    "load_judge",
    "load_reference",
    "spaced",
]
