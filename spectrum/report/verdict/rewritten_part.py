"""How much of a user's own model a study moves along the spectrum: a verdict speaks of no more than that."""

from dataclasses import dataclass

from spectrum.report.statistics.group_findings import GroupFindings

SMALL = 0.5
"""The share of the MACs of its k x k convolutions below which the part that is moved does not stand for the model."""


@dataclass(frozen=True)
class RewrittenPart:
    """What is rewritten at every point.

    Attributes:
        rewritten, convolutions: how many k x k convolutions are, and how many there are.
        rewritten_macs, convolution_macs: their shares of the MACs of the whole model.
    """

    rewritten: int
    convolutions: int
    rewritten_macs: float
    convolution_macs: float

    @property
    def small(self) -> bool:
        """Whether less than half of what could be moved is."""
        return self.rewritten_macs < SMALL * self.convolution_macs

    @property
    def words(self) -> str:
        """Such as '1 of the network's 5 k x k convolutions'."""
        if self.rewritten < self.convolutions:
            return f"{self.rewritten} of the network's {self.convolutions} k x k convolutions"
        every = "only k x k convolution" if self.convolutions == 1 else f"{self.convolutions} k x k convolutions"
        return f"the network's {every}"


def rewritten_part(group: GroupFindings) -> RewrittenPart | None:
    """That of a group of points; None where networks are specs, all of which moves, or in tables that do not say it."""
    runs = group.group.runs
    runs = runs[runs["rewritten"].fillna(0) > 0]
    if runs.empty:
        return None
    names = RewrittenPart.__dataclass_fields__
    return RewrittenPart(**{name: runs[name].tolist()[0] for name in names})
