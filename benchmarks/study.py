"""How many runs of a study an hour holds, in one table: python benchmarks/study.py [--full]

The points of a study are trained by this library and by `plain_script.py`, in turns: the same widths, images, epochs,
seeds and learning rate, one thread each. Seconds are those of the thread's own work, so that other load counts less.
`limit` is what the arithmetic of the convolutions alone takes at the speed of this machine's best matrix product in
fp32, measured in the same run; `times` says how many times as fast as the script. `--full` trains the study's own
epochs on all of its images instead of a part.
"""

import argparse
from dataclasses import replace
from statistics import mean, stdev
from time import thread_time
from typing import Any

import plain_script
import torch
from roofline import Roofline, roofline

import spectrum as sp
from spectrum.architecture.processor import processor
from spectrum.search.study_file import read_study
from spectrum.terminal import show
from spectrum.training.data.batches import ArraySplit
from spectrum.training.data.loading import Data
from spectrum.training.loop import train
from spectrum.training.recipe import Recipe


def part(split: Any, images: int) -> ArraySplit:
    """The first images of a split, which come in no order."""
    return ArraySplit(split.images[:images], split.labels[:images])


def widths(network: sp.Network) -> tuple[int, ...]:
    """Of the eight convolutions, as the script takes them."""
    return tuple(width for module in network.modules for width in module.channels)  # type: ignore[union-attr]


def own_run(network: sp.Network, data: Data, recipe: Recipe, seed: int) -> tuple[float, float]:
    """Seconds of a run of the library, and its accuracy."""
    begin = thread_time()
    outcome = train(network, data, recipe=recipe, seed=seed)
    seconds = thread_time() - begin
    assert outcome.validation is not None
    return seconds, outcome.validation.top1


def script_run(network: sp.Network, data: Data, recipe: Recipe, seed: int) -> tuple[float, float]:
    """Seconds of the script's, and its accuracy."""
    torch.manual_seed(seed)
    sets = [plain_script.dataset(split.images.numpy(), split.labels.numpy()) for split in (data.train, data.validation)]  # type: ignore[attr-defined]
    begin = thread_time()
    model = plain_script.network(network.segments, widths(network))
    accuracy = plain_script.train(model, *sets, lr=recipe.lr, epochs=recipe.epochs, seed=seed)
    return thread_time() - begin, accuracy


def limit(macs: float, data: Data, recipe: Recipe, machine: Roofline) -> float:
    """Seconds of the arithmetic of a run: forward and twice as much backward, and forward on the validation images."""
    trained = len(data.train) // recipe.batch * recipe.batch
    return machine.seconds(recipe.epochs * (3 * trained + len(data.validation)) * macs, 0)


def spread(scores: list[float]) -> str:
    """Mean and standard deviation between seeds, in percent."""
    return f"{100 * mean(scores):.1f}±{100 * stdev(scores):.1f}" if len(scores) > 1 else f"{100 * scores[0]:.1f}"


def main() -> None:
    """Train every point in each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="?", default="studies/fashion_mnist.py")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--images", type=int, default=6400)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--lr", type=float, default=0.2)
    options = parser.parse_args()
    torch.set_num_threads(1)
    study = read_study(options.study)
    recipe, data = study.recipe.replace(lr=options.lr), sp.data.load(study.data)
    if not options.full:
        recipe = recipe.replace(epochs=options.epochs)
        data = replace(data, train=part(data.train, options.images), validation=part(data.validation, 1000))
    ways = {"library": (own_run, recipe), "script": (script_run, recipe)}
    if processor() == "amx":
        ways["bf16"] = (own_run, recipe.replace(precision="bf16"))
    for run, own_recipe in ways.values():  # warms up
        run(sp.plan(study).points[0].match.network, replace(data, train=part(data.train, recipe.batch)), own_recipe, 0)
    rows = []
    machine = roofline(torch.float32)
    totals = dict.fromkeys((*ways, "limit"), 0.0)
    for point in sp.plan(study).points:
        runs: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for seed in range(options.seeds):
            for way, (run, own_recipe) in ways.items():
                runs[way].append(run(point.match.network, data, own_recipe, seed))
        seconds = {way: mean(taken for taken, _ in runs[way]) for way in ways}
        seconds["limit"] = limit(point.match.cost.macs, data, recipe, machine)
        totals = {way: totals[way] + seconds[way] for way in totals}
        rows.append(_row(point.label, seconds, [spread([score for _, score in runs[way]]) for way in ways]))
    rows.append(_row("all", totals, [""] * len(ways)))
    show(
        f"{study.name} on {processor()}, torch {torch.__version__}: {recipe.epochs} epochs of {len(data.train)} "
        f"images, {options.seeds} seeds, one thread, matrix product {machine.flops / 1e9:.0f} GF/s",
        ["point", *(f"{way}\n(s)" for way in totals), *(f"{way}\ntimes" for way in ways if way != "script"),
         *(f"{way}\n(%)" for way in ways)],
        rows,
        gap=1,
    )  # fmt: skip


def _row(label: str, seconds: dict[str, float], accuracies: list[str]) -> tuple[str, ...]:
    faster = [f"{seconds['script'] / taken:.2f}" for way, taken in seconds.items() if way not in ("script", "limit")]
    return (label, *(f"{taken:.1f}" for taken in seconds.values()), *faster, *accuracies)


if __name__ == "__main__":
    main()
