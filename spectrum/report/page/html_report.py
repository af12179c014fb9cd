"""The report: one HTML file that holds all a study has to say, readable while it runs."""

import json
from collections.abc import Mapping
from importlib.resources import files as resources
from pathlib import Path

import jinja2

from spectrum.public import public
from spectrum.report import formatting
from spectrum.report.page.pictures import pictures
from spectrum.report.page.unscored_runs import unscored_runs
from spectrum.report.statistics.findings import Findings, findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.report.statistics.intervals import METHODS
from spectrum.report.statistics.tuning import ENDED
from spectrum.report.verdict.judged_seeds import seeds_of_columns
from spectrum.report.verdict.short_table import marks
from spectrum.report.verdict.verdict import Verdict
from spectrum.results.files import write_atomically
from spectrum.results.results import Results

FORMATS = (
    "bounds",
    "in_points",
    "number",
    "p_value",
    "percent",
    "points",
    "probability",
    "signed_bounds",
    "signed_points",
)


@public
def write_report(results: Results | Findings, path: str | Path) -> Path:
    """Write the report as one self-contained HTML file; returns its path.

    Raises:
        StoreError: where the file cannot be written.
    """
    path = Path(path)
    write_atomically(path, page(results).encode("utf-8", errors="xmlcharrefreplace"))
    return path


def page(results: Results | Findings) -> str:
    """The report as HTML: the study's texts are escaped, pictures embedded, nothing is fetched from elsewhere."""
    found = findings(results)
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {name: getattr(formatting, name) for name in FORMATS} | {
        "marks": marks,
        "compared_with": _compared_with,
    }
    source = resources("spectrum.report.page").joinpath("report.html.jinja").read_text("utf-8")
    return environment.from_string(source).render(
        found=found,
        verdict=Verdict(found),
        pictures=pictures(found),
        unscored=unscored_runs(found),
        intervals={method: METHODS[method].title for method in _methods(found)},
        ended=ENDED,
        seeds=seeds_of_columns(found),
        used=formatting.USED,
        definition=_definition(found.results.study),
    )


def _methods(found: Findings) -> list[str]:
    """The chosen kind of interval, then the others."""
    return sorted(METHODS, key=lambda method: method != found.criteria.interval)


def _compared_with(group: GroupFindings) -> list[str]:
    """The points that all others are set against: the leading one, and the ends."""
    return list(dict.fromkeys(each for each in (group.leader, *group.group.ends.values()) if each))


def _definition(study: Mapping[str, object]) -> str:
    return json.dumps(dict(study), indent=2, ensure_ascii=False, default=str)
