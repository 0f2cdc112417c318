"""The judge: a classifier whose features measure pictures, and its verdicts."""

# ruff: noqa: F401  (names to import from here)
from gan_utils.judge.classifier import Labelled
from gan_utils.judge.judge import load_judge
from gan_utils.judge.reference import load_reference, spaced
from gan_utils.judge.verdict import METRICS, SAMPLE_SEED, as_table, judge_images
