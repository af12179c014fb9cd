"""What a network costs in time: seconds of a training step without the optimiser, on this machine, now.

Other load drifts over minutes and would pass for a difference between networks. So several networks are timed in
turns, one step each per round, and the median of the rounds counts.
"""

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter

import torch
from torch import nn

from spectrum.architecture.foreign import rewrite_strided_pointwise, strided_pointwise_refused
from spectrum.architecture.shapes import Image, checked_image
from spectrum.architecture.spec import Network
from spectrum.cost.isolated import described, own_module, random_state_kept
from spectrum.errors import DefinitionError


def time_steps(
    networks: Sequence[Network | nn.Module],
    *,
    image: Image,
    batch: int = 128,
    repeats: int = 9,
    channels_last: bool = True,
    backward: bool = True,
) -> list[float]:
    """Median seconds of one forward and backward pass of each network, in turns, on as many threads as torch uses.

    Modules are copied, put into training mode and timed on the CPU; they and the random state stay as they are.

    Args:
        networks: specs or modules.
        image: channels, height and width.
        batch: images per step.
        repeats: timed rounds; one more goes before them to warm up.
        channels_last: memory layout of images and weights.
        backward: whether the backward pass is part of the step.

    Raises:
        DefinitionError: for numbers below 1, a network that rejects the image, or a module with a convolution that can
            corrupt memory (a strided 1 x 1 that is no nn.Conv2d).
    """
    image = checked_image(image)
    for name, number in {"batch": batch, "repeats": repeats}.items():
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise DefinitionError(f"{name} is a positive integer, got {number!r}; use at least 1")
    layout = torch.channels_last if channels_last else torch.contiguous_format
    with random_state_kept():
        images = torch.randn(batch, *image, device="cpu").to(memory_format=layout)
        models = [_trainable(network, image).to(memory_format=layout) for network in networks]  # type: ignore[call-overload]
        steps = [_step(model, images, backward=backward) for model in models]
        for model, step in zip(models, steps, strict=True):
            with strided_pointwise_refused(model):
                step()  # which also warms up
        rounds = [[step() for step in steps] for _ in range(repeats)]
    return [median(seconds) for seconds in zip(*rounds, strict=True)]


def _trainable(network: Network | nn.Module, image: Image) -> nn.Module:
    module = own_module(network, image).train()
    rewrite_strided_pointwise(module)
    return module


def _step(model: nn.Module, images: torch.Tensor, *, backward: bool) -> Callable[[], float]:
    """One step of the model: it returns the seconds taken."""

    def step() -> float:
        model.zero_grad(set_to_none=True)
        begin = perf_counter()
        try:
            with torch.set_grad_enabled(backward):
                logits = model(images)
                if backward:
                    logits.square().mean().backward()
        except Exception as error:
            raise DefinitionError(
                f"a network is timed on images of {'x'.join(map(str, images.shape[1:]))}, got {described(error)}; "
                "give images that it takes"
            ) from error
        return perf_counter() - begin

    return step
