"""Images that stay on disk and are decoded batch by batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from spectrum.errors import DataError
from spectrum.training.data.image_file import fit, opened
from spectrum.training.data.label_sets import LabelSets


@dataclass(frozen=True)
class FileSplit(Dataset[Tensor]):
    """A split on disk.

    Attributes:
        paths: of the images.
        labels: int64 [n], or the classes of each image.
        image: (channels, height, width) of all of them.
        fitted: whether images of other sizes are brought to this one, or refused.
    """

    paths: tuple[Path, ...]
    labels: Tensor | LabelSets
    image: tuple[int, int, int]
    fitted: bool = False

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Tensor:
        """One image, uint8 [c, h, w]; raises DataError where it is damaged, or of another size and not to be fitted."""
        channels, height, width = self.image
        path = self.paths[index]
        with opened(path) as image:
            if image.size != (width, height) and not self.fitted:
                raise DataError(
                    f"all images have one size, here {height} x {width} pixels high and wide, "
                    f"got {image.size[1]} x {image.size[0]} in {path}; resize it"
                )
            pixels = np.array(fit(image.convert("L" if channels == 1 else "RGB"), height, width))
        return torch.from_numpy(pixels.reshape(height, width, channels)).permute(2, 0, 1)

    def stream(self, order: Sequence[Tensor]) -> Iterator[Tensor]:
        """The images uint8 [b, c, h, w] of each batch of indices [b], in turn.

        Decoded in this process. The loader's generator is its own, or it would draw from the global one.
        """
        batches = [chosen.tolist() for chosen in order]
        return iter(DataLoader(self, batch_sampler=batches, num_workers=0, generator=torch.Generator()))
