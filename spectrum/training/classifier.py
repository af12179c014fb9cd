"""A trained network as it is used: images as they come in, logits out."""

import torch
from torch import Tensor, nn

from spectrum.training.model_card import ModelCard
from spectrum.training.wrong_images import wrong_images


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
            DataError: the images are no tensor of uint8, or not of the size that the network was trained on.
        """
        fits = isinstance(images, Tensor) and images.dtype == torch.uint8
        if not fits or tuple(images.shape[1:]) != self.card.image:
            raise wrong_images(images, self.card.image)
        layout = torch.channels_last if self.card.channels_last else torch.contiguous_format
        floats = images.to(torch.float32, memory_format=layout)
        logits: Tensor = self.network((floats - self.mean) * self.scale)
        return logits.float()
