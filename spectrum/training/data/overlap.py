"""Whether a test split is one: scores on images that were trained on say nothing about new images."""

from collections.abc import Collection, Hashable

from spectrum.errors import DataError

MOST = 0.5


def check_overlap(train: Collection[Hashable], test: Collection[Hashable], *, name: str) -> None:
    """Refuses a test split more than half of which is in train; most data sets share a few images.

    Args:
        train, test: what stands for each image, equal for equal ones.

    Raises:
        DataError: most of the test images are train images.
    """
    known = set(train)
    shared = sum(image in known for image in test)
    if shared > MOST * len(test):
        raise DataError(
            f"a test split must hold new images, got {shared:,} of {len(test):,} that are also in the train split "
            f"of {name}; replace it, or leave it out and one is held out of train"
        )
