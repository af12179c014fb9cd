"""A run as the ledger has it."""

from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from spectrum.errors import StoreError
from spectrum.results.columns import FINISHED
from spectrum.training.outcome import Outcome

Params = dict[str, float]
"""Settings that tuning chose, by the name of the recipe's field."""

OUTCOME = TypeAdapter(Outcome)


@dataclass(frozen=True)
class Record:
    """How a run ended.

    Attributes:
        key: of the run.
        params: the settings that tuning chose for it.
        outcome: what came of it; None where it failed.
        error: why it failed.
    """

    key: str
    params: Params
    outcome: Outcome | None
    error: str | None = None

    @property
    def status(self) -> str:
        """ "complete", "pruned", "diverged" or "failed"."""
        return self.outcome.status if self.outcome else "failed"

    @property
    def finished(self) -> bool:
        """Whether it has a result; a run that failed is tried again."""
        return self.status in FINISHED

    @property
    def score(self) -> float:
        """The score on the validation split; nought without a result, or where it diverged: below all that learned."""
        return self.outcome.validation.score if self.outcome and self.outcome.validation else 0.0

    @property
    def cross_entropy(self) -> float:
        """Validation cross-entropy at the end, in nats; infinite where there is none."""
        return self.outcome.validation.cross_entropy if self.outcome and self.outcome.validation else float("inf")

    def to_attributes(self) -> dict[str, Any]:
        """What is kept of it beside the settings, as JSON takes it."""
        return {
            "key": self.key,
            "status": self.status,
            "outcome": asdict(self.outcome) if self.outcome else None,
            "error": self.error,
        }

    @classmethod
    def from_attributes(cls, attributes: dict[str, Any], params: Params) -> "Record":
        """What `to_attributes` gave; raises StoreError for anything else."""
        try:
            outcome = attributes["outcome"]
            read = None if outcome is None else OUTCOME.validate_python(outcome)
            return cls(str(attributes["key"]), params, read, attributes["error"])
        except (KeyError, ValidationError) as error:
            raise StoreError(
                f"a run is stored with its outcome, got {attributes.get('key')!r} without a whole one "
                f"({type(error).__name__}); move the store away and run the study again"
            ) from None
