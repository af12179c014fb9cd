"""A trained network as it is used: images as they come in, logits out."""

import torch
from torch import Tensor, nn

from spectrum.errors import DataError
from spectrum.training.model_card import ModelCard


class Classifier(nn.Module):
    """A network with the normalisation that it was trained with: images uint8 [n, c, h, w] to logits [n, classes].

    Args:
        network: takes normalised images float [n, c, h, w]; shared, not copied.

    Attributes:
        network: the same, for training on.
        card: what it is, what it takes, and the names of its classes.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, network: nn.Module, card: ModelCard) -> None:
        super().__init__()
        self.network, self.card = network, card
        mean, std = (torch.tensor(values)[:, None, None] for values in (card.mean, card.std))
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("scale", 1 / std, persistent=False)
        self.eval()

    def forward(self, images: Tensor) -> Tensor:
        """Logits float32 [n, classes], their order that of `card.classes`.

        Raises:
            DataError: the images are not uint8 of the size that the network was trained on.
        """
        if images.dtype != torch.uint8 or tuple(images.shape[1:]) != self.card.image:
            raise DataError(
                f"this network takes images uint8 {['n', *self.card.image]}, got {str(images.dtype).split('.')[1]} "
                f"{list(images.shape)}; resize or convert them"
            )
        layout = torch.channels_last if self.card.channels_last else torch.contiguous_format
        floats = images.to(torch.float32, memory_format=layout)
        logits: Tensor = self.network((floats - self.mean) * self.scale)
        return logits.float()
