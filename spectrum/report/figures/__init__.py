"""The figures of a study. Each function takes results and, if wanted, the axes to draw on, and returns the axes.

axes = accuracy_vs_segments(results)     # in a notebook: shown, as pyplot shows figures
save(axes, "curve.pdf")
save(figure("accuracy_vs_segments", results), "curve.png")   # in a script: no window, no pyplot
"""

from spectrum.report.figures.accuracy_vs_cost import accuracy_vs_macs, accuracy_vs_time
from spectrum.report.figures.accuracy_vs_segments import accuracy_vs_segments
from spectrum.report.figures.budget_match import budget_match
from spectrum.report.figures.differences import differences
from spectrum.report.figures.effect_curves import effect_curves, effects_by_width
from spectrum.report.figures.gallery import FIGURES, all_figures, figure
from spectrum.report.figures.race_course import race_course
from spectrum.report.figures.response_curves import response_curves
from spectrum.report.figures.saving import save
from spectrum.report.figures.training_profiles import training_profiles
from spectrum.report.figures.tuned_learning_rates import tuned_learning_rates

__all__ = [
    "FIGURES",
    "accuracy_vs_macs",
    "accuracy_vs_segments",
    "accuracy_vs_time",
    "all_figures",
    "budget_match",
    "differences",
    "effect_curves",
    "effects_by_width",
    "figure",
    "race_course",
    "response_curves",
    "save",
    "training_profiles",
    "tuned_learning_rates",
]
