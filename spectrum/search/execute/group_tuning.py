"""The settings that the points of a group are confirmed with, read off the response surface of all their trials."""

from collections.abc import Mapping, Sequence

import numpy as np

from spectrum.errors import DefinitionError
from spectrum.search.plan import Run
from spectrum.search.store.record import Params, Record
from spectrum.search.suggest import ranges, rounded
from spectrum.tuning.surface import Surface, response_surface
from spectrum.tuning.trials import Trials


def surface_of(trials: Sequence[Sequence[Run]], records: Mapping[str, Record]) -> Surface | None:
    """The surface fitted to finished trials, given point by point; None where none trained."""
    limits = ranges(trials[0][0].point.tune)
    low, high = np.array(list(limits.values())).T
    runs = [(number, records[run.key]) for number, each in enumerate(trials) for run in each]
    try:
        return response_surface(
            Trials(
                points=len(trials),
                point=np.array([number for number, _ in runs]),
                settings=np.array([[record.params[name] for name in limits] for _, record in runs]),
                scores=np.array([record.score if record.status == "complete" else np.nan for _, record in runs]),
                low=low,
                high=high,
            )
        )
    except DefinitionError:  # none trained
        return None


def chosen_settings(trials: Sequence[Sequence[Run]], records: Mapping[str, Record]) -> list[Params]:
    """The settings of each point; the lowest of the range where no trial of any point trained."""
    surface = surface_of(trials, records)
    limits = ranges(trials[0][0].point.tune)
    if surface is None:
        return [{name: low for name, (low, _) in limits.items()} for _ in trials]
    return [
        {name: rounded(float(value), within) for (name, within), value in zip(limits.items(), each, strict=True)}
        for each in surface.chosen
    ]
