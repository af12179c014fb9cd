"""Xception and Inception V3 against Keras' own and plain PyTorch: python benchmarks/paper_networks.py [--images 4]

A training step (forward, backward, SGD with momentum) and inference of the same images by this library, by Keras'
applications on the torch backend and, for Xception, by the network written in PyTorch as it comes; in turns, on one
thread. `limit` is what the best matrix product of this machine allows, measured in the same run. Table 3 of the paper
has steps a second on 60 K80; here they are those of the training step.
"""

import argparse
import os
from collections.abc import Callable, Mapping
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch
from plain_xception import CLASSES, plain_xception
from roofline import Roofline, in_turns, roofline
from torch import Tensor, nn
from torch.nn import functional

import spectrum as sp
from spectrum.architecture.processor import processor
from spectrum.terminal import show

Calls = tuple[Callable[[], object], Callable[[], object]]

NETWORKS = {
    "Xception": (sp.networks.xception(CLASSES), keras.applications.Xception),
    "Inception V3": (sp.networks.inception_v3(CLASSES), keras.applications.InceptionV3),
}
PAPER = {"Inception V3": (23_626_728, 31), "Xception": (22_855_952, 28)}
"""Parameters and steps a second (table 3); those of Inception V3 are of the version of August 2016 in Keras."""
OWN, HALF = "this library", "this library, bf16"


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


def of_keras(make: Callable[..., Any], images: Tensor, labels: Tensor) -> Calls:
    """The same of Keras' own."""
    shape = tuple(images.permute(0, 2, 3, 1).shape[1:])
    model = make(weights=None, input_shape=shape, classes=CLASSES, classifier_activation=None)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9), loss=loss)
    inputs, targets = images.permute(0, 2, 3, 1).contiguous().numpy(), labels.numpy()
    return lambda: model.train_on_batch(inputs, targets), lambda: model.predict_on_batch(inputs)


def contestants(name: str, images: Tensor, labels: Tensor) -> dict[str, Calls]:
    """All that compute the network of that name."""
    spec, of_keras_applications = NETWORKS[name]
    last = images.to(memory_format=torch.channels_last)

    def own() -> nn.Module:
        return sp.build(spec).to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]

    calls = {OWN: of_torch(own(), last, labels), "Keras on torch": of_keras(of_keras_applications, images, labels)}
    if name == "Xception":
        calls["PyTorch as it comes"] = of_torch(plain_xception(), images, labels)
    if processor() == "amx":
        calls[HALF] = of_torch(own(), last, labels, bf16=True)
    return calls


def show_network(name: str, times: Mapping[str, tuple[float, float]], images: Tensor, machine: Roofline) -> None:
    """The table of one network; times are seconds of a training step and of inference."""
    macs = len(images) * sp.count(NETWORKS[name][0], image=(3, *images.shape[2:])).macs
    rows = dict(times) | {"limit in fp32": (machine.seconds(3 * macs, 0), machine.seconds(macs, 0))}
    training, inference = times[OWN]
    show(
        f"{name}, {len(images)} images of {images.shape[2]} pixels",
        ["", "training (s)", "of ours", "inference (s)", "of ours"],
        [
            (one, f"{step:.2f}", f"{step / training:.2f}", f"{once:.2f}", f"{once / inference:.2f}")
            for one, (step, once) in rows.items()
        ],
    )


def show_table_3(times: Mapping[str, Mapping[str, tuple[float, float]]]) -> None:
    """The paper's table beside what this machine does."""
    ways = [way for way in times["Xception"] if way in times["Inception V3"]]
    rows = []
    for name, (params, steps) in PAPER.items():
        own = sp.networks.inception_v3(first_port=True) if name == "Inception V3" else NETWORKS[name][0]
        counted = sp.count(own).params
        rows.append(
            (name, f"{params:,}", f"{counted:,}", str(steps), *(f"{1 / times[name][way][0]:.2f}" for way in ways))
        )
    ratios = [times["Inception V3"][way][0] / times["Xception"][way][0] for way in ways]
    rows.append(("Xception / V3", "", "", f"{28 / 31:.2f}", *(f"{ratio:.2f}" for ratio in ratios)))
    columns = ["", "paper", "counted", "60 K80", *(way.removeprefix("this library, ") for way in ways)]
    show("table 3: parameters, and training steps a second", columns, rows)


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
    calls = {(name, way): pair for name in NETWORKS for way, pair in contestants(name, images, labels).items()}
    training = in_turns([train for train, _ in calls.values()], repeats=options.repeats)
    inference = in_turns([infer for _, infer in calls.values()], repeats=options.repeats)
    times: dict[str, dict[str, tuple[float, float]]] = {name: {} for name in NETWORKS}
    for (name, way), *pair in zip(calls, training, inference, strict=True):
        times[name][way] = (pair[0], pair[1])
    machine = roofline(torch.float32)
    print(
        f"{processor()}, torch {torch.__version__}, Keras {keras.__version__}, one thread, matrix product "
        f"{machine.flops / 1e9:.0f} GF/s"
    )
    for name in NETWORKS:
        show_network(name, times[name], images, machine)
    show_table_3(times)


if __name__ == "__main__":
    main()
