"""Counting and matching against fvcore and a width search that uses it: python benchmarks/counting.py [STUDY.py]

Medians of rounds in which everything takes its turn, on one thread. It is processor time, which other load changes
little; of whole processes, with those that they start, also the time from start to end. What is quick runs many times
in a round, and each time with nothing remembered of the last: what is counted is declared anew, outside the time.

Xception is counted from its layers or a built PyTorch module, and from the declaration or the class on; with its rows,
too, which are made when they are asked for: a name and a shape to the numbers of each layer. The
module is plain PyTorch, as fvcore meets it elsewhere. The width search is what one writes in an afternoon: a plain
PyTorch network whose widths follow one multiplier, which is bisected until what fvcore counts is near the budget. It
takes most of the two minutes before the table.

What limits the count is a walk over 156 layers in Python, at 2 to 4 microseconds each; what limits `spectrum plan` is
importing what reads the command line, checks the study and draws the table, and numpy where seeds are a race.
"""

import logging
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from math import sqrt
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import torch
from fvcore.nn import FlopCountAnalysis
from plain_xception import plain_xception
from torch import Tensor, nn

import spectrum as sp
from spectrum.architecture.layers import Chain
from spectrum.cost.effective import runs
from spectrum.search.study_file import read_study
from spectrum.segments import SegmentsValue
from spectrum.terminal import show, show_text

ROUNDS = 7
QUICK = 0.05
"""Seconds of a round that a call is repeated for, if it takes less."""

Ready = Callable[[], Callable[[], object]]
"""What makes a call ready, outside its time."""

POINTS: tuple[SegmentsValue, ...] = (sp.PLAIN, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, sp.DEPTHWISE)
BUDGET = sp.Budget(params=100_000, macs=3_000_000)
IMAGE, XCEPTION = (1, 28, 28), (3, 299, 299)


def machine() -> str:
    """The processor, its instruction set as PyTorch uses it, and PyTorch's version."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "unknown processor")
    return f"{name}, {torch.backends.cpu.get_cpu_capability()}, PyTorch {torch.__version__}"


def milliseconds(calls: Mapping[str, Ready], clock: Callable[[], float]) -> dict[str, float]:
    """Median time of each call, the calls in turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, ready in calls.items():
            spent, number = 0.0, 0
            while number == 0 or spent < QUICK:
                call = ready()
                begin = clock()
                call()
                spent += clock() - begin
                number += 1
            times[name].append(spent / number * 1e3)
    return {name: median(values) for name, values in times.items()}


def processor_seconds() -> float:
    """What all processes have taken that this one has started and that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def afresh(call: Callable[[], object]) -> Ready:
    """A call with nothing remembered of the layers of other networks."""

    def ready() -> Callable[[], object]:
        runs.cache_clear()
        return call

    return ready


def of_new_layers(call: Callable[[Chain], object]) -> Ready:
    """A call on the layers of an Xception that has just been declared and that nothing has seen."""
    return lambda: afresh(partial(call, sp.networks.xception().tree))()


def fvcore_macs(model: nn.Module, image: tuple[int, int, int]) -> int:
    """What fvcore counts, its batch norms left out."""
    analysis = FlopCountAnalysis(model, torch.zeros(1, *image))
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
    return int(sum(number for name, number in analysis.by_operator().items() if name in ("conv", "linear")))


class Residual(nn.Module):
    """A body and its skip, added up."""

    def __init__(self, body: nn.Module, skip: nn.Module) -> None:
        super().__init__()
        self.body, self.skip = body, skip

    def forward(self, images: Tensor) -> Tensor:
        return self.body(images) + self.skip(images)


def plain_small(multiplier: float, segments: SegmentsValue) -> nn.Module:
    """`sp.networks.small()` as one writes it in PyTorch, whose groups have to divide the channels."""
    unit = segments if isinstance(segments, int) else 1
    a, b, c, d = (max(1, round(width * multiplier / unit)) * unit for width in (16, 48, 128, 256))

    def block(entry: int, out: int) -> list[nn.Module]:
        if segments == sp.PLAIN:
            return [nn.Conv2d(entry, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)]
        groups = segments if isinstance(segments, int) else out
        spatial = nn.Conv2d(out, out, 3, padding=1, groups=groups, bias=False)
        return [nn.Conv2d(entry, out, 1, bias=False), spatial, nn.BatchNorm2d(out)]

    def down(entry: int, out: int) -> nn.Module:
        body = nn.Sequential(*block(entry, out), nn.ReLU(), *block(out, out), nn.MaxPool2d(3, 2, padding=1))
        skip = nn.Sequential(nn.Conv2d(entry, out, 1, stride=2, bias=False), nn.BatchNorm2d(out))
        return Residual(body, skip)

    return nn.Sequential(
        *(nn.Conv2d(1, a, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(a), nn.ReLU()),
        down(a, b),
        down(b, c),
        Residual(nn.Sequential(nn.ReLU(), *block(c, c), nn.ReLU(), *block(c, c)), nn.Identity()),
        *(*block(c, d), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(d, 10)),
    )


def width_search(segments: SegmentsValue) -> float:
    """Bisect the multiplier on the parameters, counting with fvcore; the least miss on both budgets that was seen."""
    low, high, least = 0.1, 8.0, float("inf")
    while high / low > 1.005:
        multiplier = sqrt(low * high)
        model = plain_small(multiplier, segments).eval()
        params, macs = sum(weight.numel() for weight in model.parameters()), fvcore_macs(model, IMAGE)
        least = min(least, BUDGET.miss(params, macs))
        if least <= BUDGET.tolerance:
            break
        low, high = (multiplier, high) if params < BUDGET.params else (low, multiplier)
    return least


def matched(segments: SegmentsValue) -> float:
    """The same by `sp.match`, from the declaration on."""
    found = sp.match(sp.networks.small().at(segments), BUDGET, image=IMAGE)
    return BUDGET.miss(found.cost.params, found.cost.macs)


def process(*arguments: str) -> Ready:
    """A process of Python from start to end, with compiled files as any user has them."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, *arguments]
    return lambda: partial(subprocess.run, command, env=environment, check=True, stdout=subprocess.DEVNULL)


def main(path: str) -> None:
    """Time all of it and print the table."""
    torch.set_num_threads(1)
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    study, module = read_study(path), plain_xception().eval()
    times = milliseconds(
        {
            "count": of_new_layers(lambda layers: sp.count(layers, XCEPTION)),
            "rows": of_new_layers(lambda layers: sp.count(layers, XCEPTION).layers),
            "count by fvcore": afresh(lambda: fvcore_macs(module, XCEPTION)),
            "declare": afresh(lambda: sp.count(sp.networks.xception())),
            "declare by fvcore": afresh(lambda: fvcore_macs(plain_xception().eval(), XCEPTION)),
            "match": afresh(lambda: [matched(segments) for segments in POINTS]),
            "match by fvcore": afresh(lambda: [width_search(segments) for segments in POINTS]),
            "plan": afresh(lambda: sp.plan(study)),
        },
        process_time,
    )
    started = {
        "python": process("-c", "pass"),
        "import": process("-c", "import spectrum"),
        "command": process("-m", "spectrum", "plan", path),
    }
    times |= milliseconds(started, processor_seconds)
    whole = milliseconds(started, perf_counter)

    def row(what: str, name: str) -> tuple[str, ...]:
        ours, theirs = times[name], times.get(f"{name} by fvcore")
        compared = (f"{theirs:,.0f}", f"{theirs / ours:,.0f}") if theirs else ("", "")
        return (what, f"{ours:,.2f}", *compared, f"{whole[name]:,.0f}" if name in whole else "")

    show(
        f"Counting and matching on {machine()}, one thread",
        ["what", "spectrum (ms)", "fvcore (ms)", "times faster", "start to end (ms)"],
        [
            row("count Xception's layers", "count"),
            row("count them, a row for each", "rows"),
            row("declare and count Xception", "declare"),
            row(f"match small at {len(POINTS)} points to {BUDGET.label}", "match"),
            row(f"plan the {len(sp.plan(study).points)} points of {study.name}", "plan"),
            row("start Python", "python"),
            row("start Python, import spectrum", "import"),
            row(f"spectrum plan {Path(path).name}", "command"),
        ],
    )
    for name, search in (("sp.match", matched), ("the search with fvcore", width_search)):
        misses = [search(segments) for segments in POINTS]
        met = sum(miss <= BUDGET.tolerance for miss in misses)
        show_text(f"{name} meets both budgets at {met} of {len(POINTS)} points; its largest miss is {max(misses):.1%}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "studies/fashion_mnist.py")
