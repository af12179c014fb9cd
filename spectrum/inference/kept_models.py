"""Finding a trained network: by the study that kept it, its point and its seed, or by its file."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from spectrum.errors import StoreError, as_argument, choose_from, in_a_row
from spectrum.public import public
from spectrum.results.study_folder import WEIGHTS, find_folder
from spectrum.segments import SegmentsValue, label
from spectrum.training.classifier import Classifier
from spectrum.training.model_card import SUFFIX, RunCard
from spectrum.training.model_file import read_card, read_model


class Kept(NamedTuple):
    """A network in a study's folder, and the run that it is of."""

    path: Path
    origin: RunCard


@public
def load_model(
    study: str | Path,
    *,
    point: SegmentsValue | str | None = None,
    seed: int | None = None,
    budget: str | None = None,
    folder: Path | None = None,
) -> Classifier:
    """A trained network, ready to be used: images uint8 [n, c, h, w] in, logits [n, classes] out.

    It is a torch module in evaluation mode on the CPU, its normalisation included; `card` says what it is and names its
    classes. It computes in fp32, also where the recipe trained in bf16. Nothing in a file is executed, but a
    user's own model is made again by the function that the file names, which is imported and called: load such files
    only from people whom you would let name one.

    Args:
        study: the name of a study, the path of its folder, or that of a file of one network.
        point: a number of segments, or a point's label as tables have it; needed where several points are kept.
        seed: of the run; the best by the validation split where not given.
        budget: the label of the budget, where the study has several.
        folder: where a study's name is looked for, as in `spectrum.load`.

    Raises:
        StoreError: there is no such study or file, it keeps no such network, the file is damaged, or a user's function
            is not there or makes another model than it did.
    """
    if Path(study).suffix == SUFFIX:
        if (point, seed, budget) != (None, None, None):
            raise StoreError(
                f"a file holds one network, got a point, a seed or a budget for {study}; leave them out, or give the "
                "study"
            )
        return read_model(Path(study))
    return read_model(find_kept(study, point=point, seed=seed, budget=budget, folder=folder).path)


def find_kept(
    study: str | Path,
    *,
    point: SegmentsValue | str | None = None,
    seed: int | None = None,
    budget: str | None = None,
    folder: Path | None = None,
) -> Kept:
    """The network that `load_model` reads; raises StoreError as it does."""
    home = find_folder(study, folder=folder)
    kept = _kept_in(home)
    if not kept:
        raise StoreError(
            f"a study keeps trained networks in {home / WEIGHTS}, got none; run it with keep='best', or make one again "
            f"with {_rerun(home.name)}"
        )
    here = _chosen(kept, "point", None if point is None else _label(point), again=home.name)
    here = _chosen(here, "budget", budget)
    if seed is not None:
        seeds = {each.origin.seed: each for each in here}
        if seed not in seeds:
            point, known = here[0].origin.point, in_a_row(map(str, sorted(seeds)))
            raise StoreError(
                f"there is no kept network of seed {seed} at point {as_argument(point)}, but of {known}; give one of "
                f"these by --seed (in Python seed=), or make that run again by {_rerun(home.name, point, seed)}"
            )
        return seeds[seed]
    return max(here, key=lambda each: each.origin.rank)


def _kept_in(home: Path) -> list[Kept]:
    """Each file has the key of its run for a name; one that has not would stand for a network that it is not."""
    kept = []
    for path in sorted((home / WEIGHTS).glob(f"*{SUFFIX}")):
        try:
            origin = read_card(path).origin
        except StoreError as error:
            raise StoreError(f"{error}, or move it away") from None
        if origin is None or origin.run != path.stem:
            run = "a run outside of any study" if origin is None else f"the run {origin.run} of {origin.study}"
            raise StoreError(f"{path} is named after the run that its network is of, got {run}; move it away")
        kept.append(Kept(path, origin))
    return kept


def _chosen(kept: Sequence[Kept], what: str, name: str | None, *, again: str = "") -> list[Kept]:
    """Those of one point or budget: the one that is named, or the only one; `again` is a study that can make others."""
    known = {getattr(each.origin, what) for each in kept}
    if name is None and len(known) > 1:
        raise StoreError(
            f"one {what} is used at a time, got several that are kept; give --{what} (in Python {what}=) one of "
            f"{in_a_row(sorted(known))}"
        )
    if name is not None and name not in known:
        raise StoreError(
            choose_from(f"kept {what}", name, known) + (f"; or make one by {_rerun(again, name)}" if again else "")
        )
    return [each for each in kept if name is None or getattr(each.origin, what) == name]


def _rerun(study: str, point: str = "POINT", seed: int | str = "SEED") -> str:
    """The command that makes a network that is not kept."""
    return f"`spectrum rerun {study} --point {as_argument(point)} --seed {seed} --out network{SUFFIX}`"


def _label(point: SegmentsValue | str) -> str:
    return point if isinstance(point, str) else label(point)
