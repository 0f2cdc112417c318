"""Who names the class of a picture."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from gan_utils.metrics import guess_labels


@dataclass(frozen=True)
class Labels:
    """Who names the class of a picture: `label`, uint8 (N, 28, 28) -> labels (N,)."""

    label: Callable
    classes: tuple

    @classmethod
    def of(cls, images):
        """For an ImageSet: the shipped judge if it knows it, else nearest neighbours.

        The neighbours, as in notebook 01, are among 2000 training images.
        """
        from gan_utils.judge.judge import shipped_judge  # a lesson may do without

        if judge := shipped_judge(images):
            return cls(
                lambda pictures: judge.look(pictures)[1].argmax(1), images.classes
            )
        known, labels = images.train[:2000], images.train_labels[:2000]
        guess = partial(guess_labels, reference=known, labels=labels)
        return cls(guess, images.classes)
