"""Whether a test part is one: images that were trained on say nothing about new ones."""

from collections.abc import Collection, Hashable

from spectrum.errors import DataError

MOST = 0.5


def check_overlap(train: Collection[Hashable], test: Collection[Hashable], *, name: str) -> None:
    """Refuses a test part of which more than half is in train; a few images that are in both are found in most sets.

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
