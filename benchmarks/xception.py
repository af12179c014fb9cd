"""Xception against Keras' own and a plain PyTorch one, in one table: python benchmarks/xception.py [--images 4]

A training step (forward, backward, SGD with momentum) and inference of the same images by this library, by Keras'
applications on the torch backend, and by the network written in PyTorch as it comes; in turns, on one thread.
`limit` is what the best matrix product of this machine allows, measured in the same run.
"""

import argparse
import os
from collections.abc import Callable
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch
from plain_xception import CLASSES, plain_xception
from roofline import in_turns, roofline
from torch import Tensor, nn
from torch.nn import functional

import spectrum as sp
from spectrum.architecture.processor import processor
from spectrum.terminal import show

Calls = tuple[Callable[[], object], Callable[[], object]]


def of_torch(model: nn.Module, images: Tensor, labels: Tensor, *, bf16: bool = False) -> Calls:
    """A training step and inference of a module."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def logits() -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            output: Tensor = model(images)
        return output.float()

    def train() -> None:
        model.train()
        optimizer.zero_grad()
        functional.cross_entropy(logits(), labels).backward()
        optimizer.step()

    def infer() -> None:
        model.eval()
        with torch.inference_mode():
            logits()

    return train, infer


def of_keras(images: Tensor, labels: Tensor) -> Calls:
    """The same of Keras' own."""
    shape = tuple(images.permute(0, 2, 3, 1).shape[1:])
    model: Any = keras.applications.Xception(
        weights=None, input_shape=shape, classes=CLASSES, classifier_activation=None
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9), loss=loss)
    inputs, targets = images.permute(0, 2, 3, 1).contiguous().numpy(), labels.numpy()
    return lambda: model.train_on_batch(inputs, targets), lambda: model.predict_on_batch(inputs)


def main() -> None:
    """Time all of them in turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=4)
    parser.add_argument("--side", type=int, default=299)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    images = torch.randn(options.images, 3, options.side, options.side)
    labels = torch.randint(CLASSES, (options.images,))
    last, spec = images.to(memory_format=torch.channels_last), sp.networks.xception(CLASSES)
    own = sp.build(spec).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    calls = {
        "this library": of_torch(own, last, labels),
        "Keras on torch": of_keras(images, labels),
        "PyTorch as it comes": of_torch(plain_xception(), images, labels),
    }
    if processor() == "amx":
        half = sp.build(spec).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        calls["this library, bf16"] = of_torch(half, last, labels, bf16=True)
    training = in_turns([train for train, _ in calls.values()], repeats=options.repeats)
    inference = in_turns([infer for _, infer in calls.values()], repeats=options.repeats)
    macs = options.images * sp.count(spec, image=(3, options.side, options.side)).macs
    machine = roofline(torch.float32)
    rows = [(name, *pair) for name, *pair in zip(calls, training, inference, strict=True)]
    rows.append(("limit in fp32", machine.seconds(3 * macs, 0), machine.seconds(macs, 0)))
    show(
        f"Xception, {options.images} images of {options.side} pixels, {processor()}, torch {torch.__version__}, Keras "
        f"{keras.__version__}, matrix product {machine.flops / 1e9:.0f} GF/s, one thread",
        ["", "training (s)", "of ours", "inference (s)", "of ours"],
        [
            (name, f"{step:.2f}", f"{step / training[0]:.2f}", f"{once:.2f}", f"{once / inference[0]:.2f}")
            for name, step, once in rows
        ],
    )


if __name__ == "__main__":
    main()
