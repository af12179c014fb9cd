"""What a study allows one to say: the findings, and the words that claim no more than they do."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from spectrum.public import public
from spectrum.report.formatting import count
from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.findings import Findings, findings
from spectrum.report.statistics.point_table import point_table
from spectrum.report.verdict.as_json import as_json
from spectrum.report.verdict.caveats import caveats
from spectrum.report.verdict.factor_sentences import factor_sections
from spectrum.report.verdict.methods import methods
from spectrum.report.verdict.sentences import sentences, title
from spectrum.results.results import Results

WIDTH = 80


@dataclass(frozen=True, eq=False, repr=False)
class Verdict:
    """What a study has shown; `str` of it is the text, in lines of at most 80 columns.

    Attributes:
        findings: the numbers that every sentence follows from.
    """

    findings: Findings

    @property
    def progress(self) -> str:
        """How many confirmation runs are over."""
        planned, scored = self.findings.planned, self.findings.scored
        so_far = "" if self.findings.finished else " so far"
        runs = f"{count(planned, 'confirmation run')} {'has' if planned == 1 else 'have'}"
        which = f"all {runs}" if scored == planned > 1 else f"{scored} of {runs}"
        return f"{which} ended{so_far}."

    @property
    def groups(self) -> list[tuple[str, list[str]]]:
        """For each group, and then for each crossed factor, its title and the sentences on what is known of it."""
        groups = [(title(group), list(sentences(self.findings, group))) for group in self.findings.groups]
        return [*groups, *factor_sections(self.findings)]

    @property
    def caveats(self) -> list[str]:
        """Sentences on what weakens the comparison."""
        return list(caveats(self.findings))

    @property
    def methods(self) -> list[str]:
        """Sentences on how all of it was judged."""
        return list(methods(self.findings))

    @property
    def text(self) -> str:
        """The whole verdict."""
        parts = [_wrapped(f"{self.findings.results.name}: {self.progress}")]
        parts += [_section(heading, said) for heading, said in self.groups]
        if self.caveats:
            parts.append(_section("Caveats", self.caveats, first="  - "))
        parts.append(_section("Methods", self.methods))
        return "\n\n".join(parts)

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def table(self) -> pd.DataFrame:
        """One row for each point, one column for each number, as in `point_table`."""
        return point_table(self.findings)

    def numbers(self) -> dict[str, Any]:
        """The verdict as JSON can hold it, differences as fractions; what is not known is None."""
        return {**as_json(self.findings), "caveats": self.caveats, "text": self.text}


@public
def verdict(
    results: Results,
    *,
    alpha: float = Criteria.alpha,
    margin: float = Criteria.margin,
    interval: str = Criteria.interval,
) -> Verdict:
    """What the results allow one to say.

    Intervals hold together at 1 - alpha; equivalence means within the margin, a fraction of the images or of MAP;
    `interval` names the method for intervals of means: "t" or "bootstrap".

    Raises:
        DefinitionError: where one of these breaks its rule (see `Criteria`).
    """
    return Verdict(findings(results, Criteria(alpha=alpha, margin=margin, interval=interval)))


def _section(heading: str, said: Iterable[str], *, first: str = "  ") -> str:
    return "\n".join([_wrapped(heading), *(_wrapped(sentence, first) for sentence in said)])


def _wrapped(line: str, first: str = "") -> str:
    further = " " * len(first)
    return textwrap.fill(line, WIDTH, initial_indent=first, subsequent_indent=further, break_on_hyphens=False)
