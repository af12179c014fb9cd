"""The task of a run: what its loss is, and what it is scored by, which both follow from the labels of its data."""

from spectrum.training.data.label_sets import LabelSets
from spectrum.training.data.loading import Data
from spectrum.training.mean_average_precision import MeanAveragePrecision
from spectrum.training.metrics import Task
from spectrum.training.multi_label import MultiLabel, weights_of
from spectrum.training.recipe import Recipe
from spectrum.training.single_label import SingleLabel


def task_for(data: Data, recipe: Recipe, metric: MeanAveragePrecision | None) -> Task:
    """The task of training on some data by a recipe; `metric` is what `metric_for` has found fit for them."""
    labels = data.train.labels
    if metric is None or not isinstance(labels, LabelSets):
        return SingleLabel(recipe.label_smoothing)
    return MultiLabel(metric.k, weights_of(metric, labels))
