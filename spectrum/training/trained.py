"""What training hands back: how it went, and the network that came of it."""

from dataclasses import dataclass, field, fields

from spectrum.training.classifier import Classifier
from spectrum.training.outcome import Outcome


@dataclass(frozen=True, kw_only=True)
class Trained(Outcome):
    """The outcome of a run, with its network.

    Attributes:
        model: with the weights as they were last scored, averaged where the recipe averages; takes images uint8
            [n, c, h, w]. Of a run that diverged or was pruned, as it was then.
        taken: the share of its parameters that given weights were taken for; None where it started from none.
    """

    model: Classifier = field(compare=False, repr=False)
    taken: float | None = None

    @property
    def outcome(self) -> Outcome:
        """The outcome alone, which tables and ledgers keep."""
        return Outcome(**{each.name: getattr(self, each.name) for each in fields(Outcome)})
