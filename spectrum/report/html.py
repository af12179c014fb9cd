"""The report: one HTML file that holds all a study has to say, readable while it runs."""

import json
from base64 import b64encode
from collections.abc import Callable
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from spectrum.errors import SpectrumError
from spectrum.report import wording, words
from spectrum.report.differences import ALPHA, MARGIN
from spectrum.report.groups import groups
from spectrum.report.tuning import learning_rates
from spectrum.report.verdict import verdict
from spectrum.results.files import replace
from spectrum.results.results import Results

TITLES = {
    "accuracy_vs_segments": "Accuracy against segments",
    "training_profiles": "Training profiles",
    "accuracy_vs_time": "Accuracy against time",
    "accuracy_vs_macs": "Accuracy against MACs",
    "tuned_learning_rates": "Learning rates",
    "budget_match": "Match of the budgets",
}
BEFELL = ("group", "phase", "segments", "error")
FILTERS: dict[str, Callable[[Any], str]] = {
    "fraction": words.points,
    "signed": "{:+z.2f}".format,
    "probability": words.probability,
    "significance": words.significance,
    "number": "{:,.0f}".format,
    "short": "{:.3g}".format,
    "tenths": "{:.1f}".format,
}
UNSCORED = ("diverged", "failed", "running", "missing", "pruned")


def write_report(results: Results, path: str | Path, *, alpha: float = ALPHA, margin: float = MARGIN) -> Path:
    """Write the report as one self-contained HTML file; returns its path.

    Raises:
        StoreError: where the file cannot be written.
    """
    path = Path(path)
    replace(path, page(results, alpha=alpha, margin=margin).encode("utf-8", errors="xmlcharrefreplace"))
    return path


def page(results: Results, *, alpha: float = ALPHA, margin: float = MARGIN) -> str:
    """The report as HTML: the study's texts are escaped, pictures embedded, nothing is fetched from elsewhere."""
    said = verdict(results, alpha=alpha, margin=margin)
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {name: _or_dash(write) for name, write in FILTERS.items()}
    template = environment.from_string(resources("spectrum.report").joinpath("report.html.jinja").read_text("utf-8"))
    return template.render(
        name=results.name,
        finished=said.finished,
        progress=wording.progress(said),
        findings=list(wording.findings(said)),
        cautions=said.cautions,
        methods=list(wording.methods(said)),
        pictures=[_picture(name, title, results) for name, title in TITLES.items()],
        tables=_by_group(said.table()),
        tuning=_by_group(learning_rates(results)),
        unscored=_unscored(results),
        level=words.percent(1 - alpha),
        alpha=alpha,
        definition=json.dumps(dict(results.study), indent=2, ensure_ascii=False, default=str),
    )


def _or_dash(write: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: "-" if pd.isna(value) else write(value)


def _by_group(table: pd.DataFrame) -> list[tuple[str, list[dict[str, Any]]]]:
    return [(str(label), _records(part)) for label, part in table.groupby("group", sort=False)]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): cell for name, cell in row.items()} for row in table.to_dict("records")]


def _picture(name: str, title: str, results: Results) -> dict[str, str]:
    """A figure as a data URI, or the sentence that says why there is none."""
    from spectrum.report.plots import figure
    from spectrum.report.plots.files import render

    try:
        drawn = figure(name, results)
    except SpectrumError as error:
        return {"title": title, "error": str(error)}
    content = b64encode(render(drawn, "svg", outlines=True)).decode("ascii")
    width = f"{drawn.get_figwidth():g}in"
    return {"title": title, "source": f"data:image/svg+xml;base64,{content}", "width": width}


def _unscored(results: Results) -> list[tuple[str, list[dict[str, Any]]]]:
    """For each status that gives no score, the points it befell: how many runs, which seeds or trials, why."""
    runs = pd.concat([group.runs.assign(group=group.label) for group in groups(results)])
    found = []
    for status in UNSCORED:
        rows = runs[runs["status"] == status]
        parts = rows.groupby(list(BEFELL), sort=False, dropna=False)
        found.append((status, [_line(dict(zip(BEFELL, key, strict=True)), part) for key, part in parts]))
    return [(status, lines) for status, lines in found if lines]


def _line(named: dict[str, Any], part: pd.DataFrame) -> dict[str, Any]:
    which = "trial" if named["phase"] == "tune" else "seed"
    numbers = sorted(int(number) for number in part[which].dropna())
    return named | {"runs": len(part), "which": which, "numbers": ", ".join(map(str, numbers))}
