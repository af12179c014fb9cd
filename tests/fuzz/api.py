"""Cases that call the library: declarations and public functions with arguments that are good, odd or too many."""

import pickle
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import torch

import spectrum as sp
from spectrum.declaration import Declaration
from spectrum.report import figures
from spectrum.search.plan import Plan
from spectrum.training.data import catalog
from tests.fuzz import files, odd
from tests.fuzz.watch import Fault

SEGMENTS: list[Any] = [1, 2, 3, 4, 16, 1000, sp.DEPTHWISE, sp.PLAIN, (3, 5), (8,)]
STEPS = ["none", "relu", "batch-norm+relu", ("batch-norm", "silu"), (), "elu"]
IMAGES = [(1, 8, 8), (3, 28, 28), (3, 17, 40), (1, 1, 1)]

Arguments = dict[str, Any]
Target = tuple[Callable[..., Any], Callable[[Random], Arguments]]


def module(random: Random) -> Arguments:
    """A module's fields, most of which go together."""
    channels = tuple(random.randint(1, 40) for _ in range(random.randint(1, 3)))
    return _some(
        random,
        {"channels": channels},
        kernel=random.choice([1, 3, 5, (1, 3), (7, 1)]),
        separable=random.random() < 0.8,
        order=random.choice(["pointwise-first", "spatial-first", "bottleneck"]),
        intermediate=random.choice(STEPS),
        inner=tuple(random.randint(1, 20) for _ in channels),
        before=random.choice(STEPS),
        after=random.choice(STEPS),
        bias=random.random() < 0.5,
        stride=random.choice([1, 2]),
        pool=random.choice([None, 2, 3]),
        padding=random.choice(["same", "symmetric", "valid"]),
        residual=random.random() < 0.5,
        final=random.choice(STEPS),
        segments=random.choice(SEGMENTS),
        repeat=random.choice([1, 1, 2]),
    )


def tower(random: Random) -> Arguments:
    """A tower's fields."""
    number = random.randint(0, 3)
    channels, kernels = tuple(random.randint(1, 9) for _ in range(number)), (3,) * number
    return _some(random, {"channels": channels, "kernels": kernels}, pool=random.choice(["average", "max", None]))


def inception(random: Random) -> Arguments:
    """The fields of an Inception module."""
    towers = tuple(_made(sp.Tower, tower, random) for _ in range(random.randint(1, 4)))
    return _some(random, {"towers": towers}, stride=random.choice([1, 2]), after=random.choice(STEPS))


def network(random: Random) -> Arguments:
    """A network's fields: a few modules that mostly fit."""
    modules = tuple(
        _made(sp.Inception, inception, random) if random.random() < 0.2 else _made(sp.Module, module, random)
        for _ in range(random.randint(1, 4))
    )
    return _some(
        random,
        {"modules": modules, "classes": random.choice([2, 10])},
        head=random.choice(["pool", "flatten"]),
        hidden=random.choice([(), (8,), (4, 4)]),
        segments=random.choice(SEGMENTS),
        image=random.choice(IMAGES),
    )


def recipe(random: Random) -> Arguments:
    """A recipe's fields."""
    return _some(
        random,
        {"epochs": 1},
        optimizer=random.choice(["sgd", "rmsprop", "adamw"]),
        lr=random.choice([0.1, 1e-9, 1e30]),
        schedule=random.choice(["cosine", "exponential", "one-cycle", "constant"]),
        decay_epochs=random.choice([1.0, None]),
        batch=random.choice([2, 64, 10_000]),
        polyak=random.choice([None, 0.9]),
        crop=random.choice([0, 1, 50]),
        device=random.choice(["cpu", "auto", "cuda"]),
    )


def study(random: Random) -> Arguments:
    """A study's fields, on data that need no download."""
    return _some(
        random,
        {
            "name": "fuzz",
            "network": small(random),
            "segments": tuple(random.sample(SEGMENTS, random.randint(1, 4))),
            "budget": _made(sp.Budget, budget, random),
            "data": random.choice(["digits", "digits-mosaic"]),
        },
        recipe=random.choice(["default", "xception-jft", sp.Recipe(epochs=1)]),
        tune=sp.Tune(trials=4),
        seeds=random.choice([1, 3]),
        factors=sp.Factors(intermediate=("none", "relu"), residual=random.choice([(True,), (True, False)])),
        match=random.choice(["widths", "inner", "depth"]),
        metric=_made(sp.MeanAveragePrecision, metric, random),
    )


def budget(random: Random) -> Arguments:
    """A budget, within reach or not."""
    params, macs = random.choice([1, 5_000, 40_000, 10**9]), random.choice([1, 50_000, 340_000, 10**12])
    return _some(random, {"params": params}, macs=macs, tolerance=random.choice([0.01, 0.05, 1e-9]))


def metric(random: Random) -> Arguments:
    """The fields of MAP."""
    weights = random.choice(["frequency", "equal", (1.0,) * 10, (0, 1, 2.5), ()])
    return _some(random, {}, k=random.choice([1, 5, 100, 0]), class_weights=weights)


def small(random: Random) -> Any:
    """A good network."""
    return sp.networks.small(10, width=random.choice([4, 8]), stem_stride=1, segments=random.choice([1, 4, sp.PLAIN]))


def spec(random: Random) -> Any:
    """A network of any kind."""
    return small(random) if random.random() < 0.4 else _made(sp.Network, network, random)


def block(random: Random) -> Arguments:
    """The arguments of a block by itself."""
    return _some(
        random,
        {"in_channels": random.randint(1, 20), "out_channels": random.randint(1, 20)},
        segments=random.choice(SEGMENTS),
        kernel=random.choice([1, 3, (3, 1)]),
        stride=random.choice([1, 2]),
        order=random.choice(["pointwise-first", "spatial-first", "bottleneck"]),
        intermediate=random.choice(STEPS),
        inner=random.randint(1, 9),
    )


TARGETS: dict[str, Target] = {
    "Module": (sp.Module, module),
    "Tower": (sp.Tower, tower),
    "Inception": (sp.Inception, inception),
    "Network": (sp.Network, network),
    "Recipe": (sp.Recipe, recipe),
    "MeanAveragePrecision": (sp.MeanAveragePrecision, metric),
    "recipes.jft": (sp.recipes.jft, lambda random: _some(random, {}, epochs=2, batch=8)),
    "recipes.named": (sp.recipes.named, lambda random: {"name": random.choice(["default", "xception-imagenet"])}),
    "Budget": (sp.Budget, budget),
    "Tune": (sp.Tune, lambda random: _some(random, {}, trials=2, lr=(0.1, 0.2), epochs=1)),
    "Factors": (sp.Factors, lambda random: _some(random, {}, intermediate=("none", "relu"), residual=(False,))),
    "Study": (sp.Study, study),
    "GroupedSeparable": (sp.GroupedSeparable, block),
    "count": (sp.count, lambda random: _some(random, {"network": spec(random)}, image=random.choice(IMAGES))),
    "measure": (sp.measure, lambda random: _some(random, {"network": spec(random)}, image=random.choice(IMAGES))),
    "build": (sp.build, lambda random: _some(random, {"network": spec(random)}, dropout=0.1, seed=3)),
    "match": (sp.match, lambda random: _some(random, {"network": spec(random), "budget": _made(sp.Budget, budget,
    random)},
              image=random.choice(IMAGES), by=random.choice(["widths", "inner", "depth"]))),
    "at": (sp.networks.small(10).at, lambda random: _some(random, {"segments": random.choice(SEGMENTS)},
           order="bottleneck", intermediate=random.choice(STEPS), residual=False)),
    "replace": (sp.networks.small(10).replace, lambda random: _some(random, {}, **network(random))),
    "named": (sp.networks.named, lambda random: _some(random, {"name": random.choice(["small", "vgg16"])},
    classes=5)),
    "small": (sp.networks.small, lambda random: _some(random, {}, classes=5, width=3, stem_stride=1, segments=2)),
    "xception": (sp.networks.xception, lambda random: _some(random, {}, classes=5, segments=2, hidden=(3,))),
    "describe": (catalog.describe, lambda random: _some(random, {"name": "digits"}, folder=Path())),
    "data.load": (sp.data.load, lambda random: _some(random, {"name": "digits"}, folder=Path())),
    "train": (sp.train, lambda random: _some(random, {"network": small(random), "data": DATA(),
    "recipe": sp.Recipe(epochs=1),
              "seed": 1}, checkpoint=Path("x.pt"), test=True)),
    "load": (sp.load, lambda random: {"study": files.results_folder(random, Path())}),
    "verdict": (sp.verdict, lambda random: _some(random, {"results": files.good_results()}, alpha=0.1, margin=0.01)),
    "figure": (figures.figure, lambda random: {"name": random.choice(list(figures.FIGURES)),
    "results": files.good_results()}),
    "save": (figures.save, lambda random: {"drawn": figures.figure("budget_match", files.good_results()),
             "path": random.choice(["x.png", "x.svg", odd.name(random)])}),
}  # fmt: skip
SELDOM = {"train": 0.05, "measure": 0.3, "build": 0.5, "figure": 0.1, "save": 0.1, "xception": 0.3, "verdict": 0.2}


def DATA() -> Any:
    """The digits, read once."""
    if "digits" not in _READ:
        _READ["digits"] = sp.data.load("digits")
    return _READ["digits"]


_READ: dict[str, Any] = {}


def case(random: Random, folder: Path) -> None:
    """One call, and what one would do next with its result."""
    if random.random() < 0.15:
        from_json(random)
        return
    name = random.choices(list(TARGETS), [SELDOM.get(name, 1) for name in TARGETS])[0]
    function, arguments = TARGETS[name]
    good = arguments(random)
    extra = _spoil(random, good)
    follow(random, function(*extra, **good))


def _spoil(random: Random, arguments: Arguments) -> list[Any]:
    """Mostly one or two odd arguments, sometimes one too few, an unknown or a positional one too many."""
    extra: list[Any] = []
    for _ in range(random.choice([0, 1, 1, 1, 2])):
        way = random.random()
        if way < 0.75 and arguments:
            arguments[random.choice(list(arguments))] = random.choice(odd.VALUES)
        elif way < 0.83 and arguments:
            del arguments[random.choice(list(arguments))]
        elif way < 0.92:
            arguments[random.choice(["unknown", "epoch", "self ", "cls", "segment"])] = random.choice(odd.VALUES)
        else:
            extra.append(random.choice(odd.VALUES))
    return extra


def from_json(random: Random) -> None:
    """A declaration from damaged JSON, or from what is no text."""
    kind, fields = random.choice(
        [
            (sp.Network, network),
            (sp.Recipe, recipe),
            (sp.Study, study),
            (sp.Tune, lambda _: {}),
            (sp.MeanAveragePrecision, metric),
        ]
    )
    text: Any = odd.damaged_json(random, _made(kind, fields, random).to_json())
    follow(random, kind.from_json(random.choice(odd.VALUES) if random.random() < 0.1 else text))


def follow(random: Random, made: Any) -> None:
    """What anyone does next: print it, keep it, and for a network or a study count and plan."""
    repr(made)
    if isinstance(made, Declaration):
        hash(made)
        if type(made).from_json(made.to_json()) != made or pickle.loads(pickle.dumps(made)) != made:
            raise Fault(f"a {type(made).__name__} does not come back as it was: {made!r:.300}")
        assert len(made.digest) == 16
    if isinstance(made, sp.Network):
        sp.count(made, random.choice(IMAGES))
    if isinstance(made, sp.Study):
        follow(random, sp.plan(made))
    if isinstance(made, Plan):
        [point.row() for point in made.points]
    if isinstance(made, sp.GroupedSeparable):
        channels = next(made.parameters()).shape[1]
        if made[0].__class__.__name__ == "PaddedConv2d" and channels < 64:
            made(torch.zeros(1, channels, 16, 16))


def _some(random: Random, needed: Arguments, /, **optional: Any) -> Arguments:
    """The arguments that are needed, and some of the others."""
    return needed | {name: value for name, value in optional.items() if random.random() < 0.4}


def _made(kind: Callable[..., Any], fields: Callable[[Random], Arguments], random: Random) -> Any:
    """A good value of that kind, after some trials."""
    while True:
        try:
            return kind(**fields(random))
        except sp.SpectrumError:
            continue
