"""The recipes of the paper by name (sections 4.2 and 4.3), and the default. No torch in them.

What the paper does not state is an argument or a choice of ours: how many epochs, how many images a step (100 and 32),
the decay of Polyak averaging (0.9999, as in the code that Inception V3 was trained with), mirrored images, and the
constants of RMSprop (TensorFlow's defaults: 0.9 for the mean square, an epsilon of 1e-10). Both weight decays are
Xception's; for Inception V3 the paper has `.replace(weight_decay=4e-5)`.
"""

from collections.abc import Callable
from types import MappingProxyType

from spectrum.errors import DefinitionError, choose_from
from spectrum.public import public
from spectrum.training.recipe import Recipe

__all__ = ["NAMED", "imagenet", "jft", "named"]


@public
def imagenet(*, epochs: int = 100, batch: int = 32) -> Recipe:
    """The paper's recipe for ImageNet: SGD, a rate of 0.045 times 0.94 every 2 epochs, half of the features dropped."""
    return Recipe(
        optimizer="sgd",
        lr=0.045,
        momentum=0.9,
        weight_decay=1e-5,
        schedule="exponential",
        decay=0.94,
        decay_epochs=2,
        epochs=epochs,
        batch=batch,
        dropout=0.5,
        polyak=0.9999,
        flip=True,
    )


@public
def jft(*, epochs: int = 100, batch: int = 32) -> Recipe:
    """The paper's recipe for JFT: TensorFlow's RMSprop, a rate of 0.001 times 0.9 every 3,000,000 images, no dropout.

    JFT has several labels an image. So may the data that this is used on: their loss follows from their labels.
    """
    return Recipe(
        optimizer="rmsprop-tf",
        lr=0.001,
        momentum=0.9,
        weight_decay=1e-5,
        schedule="exponential",
        decay=0.9,
        decay_samples=3_000_000,
        epochs=epochs,
        batch=batch,
        polyak=0.9999,
        flip=True,
    )


NAMED: MappingProxyType[str, Callable[[], Recipe]] = MappingProxyType(
    {"default": Recipe, "xception-imagenet": imagenet, "xception-jft": jft}
)


@public
def named(name: str) -> Recipe:
    """The recipe of that name; raises DefinitionError, with the nearest, where there is none."""
    if name not in NAMED:
        raise DefinitionError(choose_from("recipe", name, NAMED))
    return NAMED[name]()
