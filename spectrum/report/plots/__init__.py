"""The figures of a study. Each function takes results and, if wanted, the axes to draw on, and returns the axes.

axes = accuracy_vs_segments(results)     # in a notebook: shown, as pyplot shows figures
save(axes.figure, "curve.pdf")
save(figure("accuracy_vs_segments", results), "curve.png")   # in a script: no window, no pyplot
"""

from spectrum.report.plots.budget import budget_match
from spectrum.report.plots.cost import accuracy_vs_macs, accuracy_vs_time
from spectrum.report.plots.files import save
from spectrum.report.plots.panels import FIGURES, figure
from spectrum.report.plots.profiles import training_profiles
from spectrum.report.plots.segments import accuracy_vs_segments
from spectrum.report.plots.tuning import tuned_learning_rates

__all__ = [
    "FIGURES",
    "accuracy_vs_macs",
    "accuracy_vs_segments",
    "accuracy_vs_time",
    "budget_match",
    "figure",
    "save",
    "training_profiles",
    "tuned_learning_rates",
]
