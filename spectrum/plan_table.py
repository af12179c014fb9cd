"""The plan of a study on the terminal: what every point costs, what was solved there, and what the whole will take."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from statistics import geometric_mean
from typing import TYPE_CHECKING, Any

from spectrum.architecture.modules import Inception, Module
from spectrum.architecture.own_network import OwnNetwork
from spectrum.architecture.spec import Network
from spectrum.cost.budget import Budget
from spectrum.cost.closed_form import count
from spectrum.cost.matching.match import match as matched
from spectrum.cost.matching.protocols import WORDS, Words
from spectrum.cost.quantities import quantity
from spectrum.errors import BudgetError, as_argument, in_a_row
from spectrum.search.own_match import OwnMatch
from spectrum.search.point_groups import point_groups
from spectrum.segments import label
from spectrum.terminal import show, show_text
from spectrum.tuning.fewest import least_trials, spare_trials

if TYPE_CHECKING:
    from spectrum.search.plan import Plan, Point
    from spectrum.search.study import Study

BENT = 2.0
"""The change of shape from which on a plan warns."""

HEADS = [
    "segments",
    "params",
    "off",
    "MACs",
    "off",
    "effec-\ntive",
    "activ-\nations",
    "{}\nfactor",
    "shape\nchange",
]
SATURATED = "sat."
NOTES = (
    "off: how far above (+) or below (-) the budget",
    "effective: the share of the parameters that is not redundant",
    "{} factor: {}",
    "shape change: how far the stages' widths moved apart (x1.00: not at all)",
)
NOTE_DECLARED = "declared: the network of the study"
NOTE_SATURATED = "sat.: layers with fewer channels than segments; these run depthwise"


OWN = Words("inner widths", "inner", "the mean ratio of the inner to the output channels of a block")


def words(study: "Study") -> Words:
    """How tables speak of what is solved for."""
    return OWN if isinstance(study.network, OwnNetwork) else WORDS[study.match.solve]


def show_plan(plan: "Plan") -> None:
    """Tables of the points, two for each combination of budget and factors, and what to know about them."""
    study = plan.study
    for title, points in _groups(plan):
        _show_costs(f"{study.name}: {title}", points, plan)
        print()
        if isinstance(study.network, OwnNetwork):
            _show_own(points)
        else:
            _show_solved(points, study.network, by=study.match.solve)
        _show_cautions(points, plan)
        print()
    if isinstance(study.network, Network):
        show_text(NOTE_DECLARED + (f", at segments {label(study.network.segments)}" if study.network.open else ""))
    for note in NOTES:
        show_text(note.format(*words(study)[1:]))
    if any(point.saturated for point in plan.points):
        show_text(NOTE_SATURATED)
    show_text(_effort(plan))
    if study.start is not None:
        taken = ", ".join(f"{as_argument(point.label)} {point.taken:.1%}" for point in plan.points)
        show_text(f"parameters that are taken from {study.start}, where it fits: {taken}")
    if study.metric is not None:
        show_text(f"images may show several classes: points are compared by {study.metric.words}")
    if study.most_seeds == 1:
        show_text("warning: one seed compares nothing; a comparison takes two seeds or more, and six tell something")
    _show_spare_trials(plan)
    if study.tune.few is not None:
        show_text(
            f"warning: {study.tune.trials} trials are few for {study.tune.sampler}, which learns from about "
            f"{study.tune.few}; use more trials, or sampler='grid'"
        )


def _show_spare_trials(plan: "Plan") -> None:
    """A warning where one trial a point that diverges, or none at all, leaves too few for a response surface."""
    tune, sizes = plan.study.tune, [len(group.points) for group in point_groups(plan.points)]
    settings = 1 if tune.weight_decay is None else 2
    spare, points = min((spare_trials(size, tune.trials, settings), size) for size in sizes)
    if spare >= points:
        return
    where = "one point" if points == 1 else f"each of {points} points"
    lost = "" if spare < 0 else " if some diverge"
    show_text(
        f"warning: {tune.trials} tuning trials at {where} are too few for a response surface{lost}; a point is then "
        "trained at the settings of its best trial, and the verdict cannot say what that may have cost; use "
        f"for example trials={max(8, 2 * least_trials(settings))}"
    )


def _effort(plan: "Plan") -> str:
    """How many runs and epochs the study takes."""
    study, points = plan.study, len(plan.points)
    images = f"{plan.epochs:,} epochs of {plan.info.train:,} images"
    if isinstance(study.seeds, int):
        each = f"{study.tune.trials} tuning trials + {study.seeds} seeds"
        return f"{points} points x ({each}) = {len(plan.runs)} runs: {images}"
    from spectrum.comparison.expected_runs import expected_runs

    seeds, groups = study.seeds, point_groups(plan.points)
    usual = sum(expected_runs(seeds.looks, len(group.points), alpha=seeds.alpha) for group in groups)
    each = f"{study.tune.trials} tuning trials + {seeds.looks[0]} to {seeds.looks[-1]} seeds"
    return (
        f"{points} points x ({each}), a race: at most {len(plan.runs)} runs, {images}; about "
        f"{points * study.tune.trials + usual:.0f} runs where points differ as usual"
    )


def _groups(plan: "Plan") -> Iterator[tuple[str, list["Point"]]]:
    """The points that differ in their segments alone, with what they have in common."""
    groups: dict[str, list[Point]] = {}
    for point in plan.points:
        factors = point.label.partition(", ")[2]
        title = f"{point.budget.label}, each within {point.budget.tolerance * 100:.3g}%"
        groups.setdefault(f"{title}; {factors}" if factors else title, []).append(point)
    yield from groups.items()


def _show_costs(title: str, points: Sequence["Point"], plan: "Plan") -> None:
    study = plan.study
    heads = [head.format(words(study).factor) for head in HEADS]
    crowded = any(point.saturated for point in points)
    if crowded:
        heads.append(SATURATED)
    rows = [_costs(point, study)[: len(heads)] for point in points]
    if isinstance(study.network, Network):
        cost = count(study.network, plan.info.image)
        rows.insert(0, ["declared", f"{cost.params:,}", "", quantity(cost.macs)])
    show(title, heads, rows, gap=1 if crowded else 2)


def _costs(point: "Point", study: "Study") -> list[Any]:
    match, cost = point.match, point.match.cost
    factor = match.scale
    if study.match.solve == "depth" and isinstance(study.network, Network) and isinstance(match.network, Network):
        factor = depth(match.network) / depth(study.network)
    return [
        label(point.segments),
        f"{cost.params:,}",
        _off(match.params_error),
        quantity(cost.macs),
        _off(match.macs_error),
        f"{(cost.effective_params or 0) / cost.params:.1%}",
        quantity(cost.activations),
        f"x{factor:.2f}",
        f"x{match.distortion:.2f}",
        len(point.saturated) or "",
    ]


def _off(error: float | None) -> str:
    return "" if error is None else f"{error:+.2%}"


def _show_solved(points: Sequence["Point"], declared: Network, *, by: str) -> None:
    """The channels of every point, and where depth was solved its modules, beside what was declared."""
    networks = {"declared": declared}
    for point in points:
        if isinstance(point.match.network, Network):
            networks[label(point.segments)] = point.match.network
    heads = ["segments", "modules", "channels, module by module" + " (inner>output)" * (by == "inner")]
    rows = [[name, depth(network), channels(network)] for name, network in networks.items()]
    if by != "depth":
        heads, rows = [heads[0], heads[2]], [[name, widths] for name, _, widths in rows]
    show("", heads, rows, text=len(heads))


def _show_own(points: Sequence["Point"]) -> None:
    """The inner widths of every point of a user's own model, layer by layer."""
    inner = {label(point.segments): point.match.inner for point in points if isinstance(point.match, OwnMatch)}
    rows = [(name, " ".join(map(str, widths.values())) or "as it is") for name, widths in inner.items()]
    show("", ["segments", "inner widths, layer by layer"], rows, text=2)
    moved = max((point.match for point in points if isinstance(point.match, OwnMatch)), key=lambda own: len(own.inner))
    if not moved.inner:
        return
    row = moved.row()
    show_text(
        f"{row['rewritten']} of {row['convolutions']} k x k convolutions {'is' if row['rewritten'] == 1 else 'are'} "
        f"rewritten at every point, with {row['rewritten_macs']:.0%} of the model's MACs: {in_a_row(moved.inner)}"
    )
    for layers in moved.left:
        show_text(layers.sentence(within=moved.budget.tolerance))
    if any(layers.tolerance for layers in moved.left):
        params, macs = moved.declared
        show_text(f"the tolerance is the budget's: budget=sp.Budget(params={params:_}, macs={macs:_}, tolerance=...)")


def _show_cautions(points: Sequence["Point"], plan: "Plan") -> None:
    bent = [label(point.segments) for point in points if point.match.distortion > BENT]
    if bent:
        budget = unbent_budget(points, plan)
        example = f", for example params={budget.params:_}, macs={budget.macs:_}" if budget else ""
        show_text(
            f"warning: the network's shape changes by more than x{BENT:g} at segments {', '.join(bent)}, and what "
            f"it learns depends on that, too; choose a budget nearer to its own MACs per parameter{example}"
        )
    for point in points:
        if point.saturated:
            show_text(f"{label(point.segments)} segments: depthwise in {', '.join(point.saturated)}")


def unbent_budget(points: Sequence["Point"], plan: "Plan") -> Budget | None:
    """The same parameters with the MACs that the network has there in its own shape, a mean over the points."""
    budget, macs = points[0].budget, []
    for point in points:
        if isinstance(point.declared, Network) and budget.params is not None:
            with suppress(BudgetError):
                alone = Budget(params=budget.params, tolerance=budget.tolerance)
                macs.append(matched(point.declared, alone, image=plan.info.image, by=plan.study.match).cost.macs)
    return budget.replace(macs=int(float(f"{geometric_mean(macs):.2g}"))) if macs else None


def depth(network: Network) -> int:
    """How many modules follow each other, repeated ones included."""
    return sum(module.repeat for module in network.modules)


def channels(network: Network) -> str:
    """The output channels of a network's convolutions: "32 64 | 128 128 | 8 x (728 728 728)"."""
    return " | ".join(map(_module_channels, network.modules))


def _module_channels(module: Module | Inception) -> str:
    if isinstance(module, Inception):
        return " + ".join(" ".join(map(str, tower.channels)) or "pool" for tower in module.towers)
    each = list(map(str, module.channels))
    if module.separable and module.order == "bottleneck":
        each = [f"{inner}>{width}" for inner, width in zip(module.inner_widths(), each, strict=True)]
    return " ".join(each) if module.repeat == 1 else f"{module.repeat} x ({' '.join(each)})"


def solved_at(point: "Point") -> list[dict[str, Any]]:
    """What was solved at a point as plain data, for programs: channels of modules, or inner widths of layers."""
    match = point.match
    if isinstance(match, OwnMatch):
        return [{"layer": name, "inner": inner} for name, inner in match.inner.items()]
    return solved(match.network)


def solved(network: Network) -> list[dict[str, Any]]:
    """The channels of a network's modules as plain data."""
    return [
        {"towers": [list(tower.channels) for tower in module.towers]}
        if isinstance(module, Inception)
        else {"repeat": module.repeat, "channels": list(module.channels)}
        | ({"inner": list(module.inner_widths())} if module.separable and module.order == "bottleneck" else {})
        for module in network.modules
    ]
