"""The spectrum between regular and depthwise separable convolutions, at matched parameters and FLOPs.

    import spectrum as sp

Names load when first used: describing, counting and planning need no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spectrum.architecture import networks as networks
    from spectrum.architecture.block import GroupedSeparable as GroupedSeparable
    from spectrum.architecture.build import build as build
    from spectrum.architecture.families import inception as inception
    from spectrum.architecture.modules import Auxiliary as Auxiliary
    from spectrum.architecture.modules import Inception as Inception
    from spectrum.architecture.modules import Module as Module
    from spectrum.architecture.modules import Tower as Tower
    from spectrum.architecture.own_network import OwnNetwork as OwnNetwork
    from spectrum.architecture.spec import Network as Network
    from spectrum.architecture.towers import as_segments as as_segments
    from spectrum.architecture.towers import as_towers as as_towers
    from spectrum.cost.budget import Budget as Budget
    from spectrum.cost.closed_form import count as count
    from spectrum.cost.matching.match import match as match
    from spectrum.cost.matching.protocols import Matching as Matching
    from spectrum.cost.measured import measure as measure
    from spectrum.cost.quantities import Cost as Cost
    from spectrum.drawing.draw import draw as draw
    from spectrum.errors import SpectrumError as SpectrumError
    from spectrum.errors import SpectrumWarning as SpectrumWarning
    from spectrum.inference.export import export as export
    from spectrum.inference.kept_models import load_model as load_model
    from spectrum.inference.predict import predict as predict
    from spectrum.report import figures as plot  # noqa: F401
    from spectrum.report.verdict.verdict import verdict as verdict
    from spectrum.results.results import load as load
    from spectrum.results.study_progress import status as status
    from spectrum.rewriting.embed import embed as embed
    from spectrum.rewriting.project import project as project
    from spectrum.rewriting.rewrite import rewrite as rewrite
    from spectrum.search.extend_study import extend as extend
    from spectrum.search.plan import plan as plan
    from spectrum.search.race_seeds import Seeds as Seeds
    from spectrum.search.rerun import rerun as rerun
    from spectrum.search.run_study import run as run
    from spectrum.search.study import Factors as Factors
    from spectrum.search.study import Study as Study
    from spectrum.search.tune import Tune as Tune
    from spectrum.segments import DEPTHWISE as DEPTHWISE
    from spectrum.segments import PLAIN as PLAIN
    from spectrum.training import recipes as recipes
    from spectrum.training.data import loading as data  # noqa: F401
    from spectrum.training.loop import train as train
    from spectrum.training.mean_average_precision import MeanAveragePrecision as MeanAveragePrecision
    from spectrum.training.model_file import save_model as save_model
    from spectrum.training.recipe import Recipe as Recipe
    from spectrum.weights.load_weights import load_weights as load_weights

__version__ = "0.1.0"

_HOME = {
    "GroupedSeparable": "architecture.block",
    "build": "architecture.build",
    "DEPTHWISE": "segments",
    "PLAIN": "segments",
    "Auxiliary": "architecture.modules",
    "Inception": "architecture.modules",
    "Module": "architecture.modules",
    "Tower": "architecture.modules",
    "OwnNetwork": "architecture.own_network",
    "Network": "architecture.spec",
    "as_segments": "architecture.towers",
    "as_towers": "architecture.towers",
    "count": "cost.closed_form",
    "match": "cost.matching.match",
    "Matching": "cost.matching.protocols",
    "measure": "cost.measured",
    "Budget": "cost.budget",
    "Cost": "cost.quantities",
    "draw": "drawing.draw",
    "SpectrumError": "errors",
    "SpectrumWarning": "errors",
    "load": "results.results",
    "status": "results.study_progress",
    "export": "inference.export",
    "load_model": "inference.kept_models",
    "predict": "inference.predict",
    "embed": "rewriting.embed",
    "project": "rewriting.project",
    "rewrite": "rewriting.rewrite",
    "extend": "search.extend_study",
    "plan": "search.plan",
    "rerun": "search.rerun",
    "run": "search.run_study",
    "verdict": "report.verdict.verdict",
    "Factors": "search.study",
    "Seeds": "search.race_seeds",
    "Study": "search.study",
    "Tune": "search.tune",
    "save_model": "training.model_file",
    "train": "training.loop",
    "MeanAveragePrecision": "training.mean_average_precision",
    "Recipe": "training.recipe",
    "load_weights": "weights.load_weights",
}
_MODULES = {
    "networks": "architecture.networks",
    "inception": "architecture.families.inception",
    "plot": "report.figures",
    "data": "training.data.loading",
    "recipes": "training.recipes",
}

__all__ = ["__version__", *_HOME, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"spectrum.{_MODULES[name]}")
    if name not in _HOME:
        raise AttributeError(f"module 'spectrum' has no attribute {name!r}")
    return getattr(import_module(f"spectrum.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
