"""When a native library crashes: a study that would crash at point after point stops, and says what can be tried."""

from collections import Counter
from pathlib import Path

from spectrum.errors import SpectrumError
from spectrum.search.execute.local_processes import WorkerDied
from spectrum.search.plan import Plan, Run

POINTS, TIMES = 2, 3
"""At how many points, and how often at each, workers have to die before a first epoch for the study to stop."""

TOO_LITTLE_MEMORY = "which the system sends where memory runs out: use fewer workers or a smaller batch"
BAD_KERNEL = (
    "as by a faulty kernel of a native library: try recipe.channels_last=False, or other kernels by running it with "
    "ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 in the environment"
)


class Crashes:
    """Counts the workers that died by a signal before a first epoch, point by point."""

    def __init__(self, plan: Plan, *, log: Path) -> None:
        self._log = log
        self._enough = min(POINTS, len(plan.points))
        self._deaths: Counter[str] = Counter()

    def forget(self, run: Run) -> None:
        """An epoch is done at the run's point: what kills its workers is not there from the start."""
        self._deaths.pop(run.point.label, None)

    def note(self, run: Run, death: WorkerDied) -> None:
        """Take a death into account.

        Raises:
            SpectrumError: where workers have died by a signal at several points, again and again.
        """
        if death.signal is None:
            return
        self._deaths[run.point.label] += 1
        crashing = [point for point, times in self._deaths.items() if times >= TIMES]
        if len(crashing) >= self._enough:
            memory = death.signal == "SIGKILL"
            raise SpectrumError(
                f"a study stops where worker after worker dies in its first epoch, got {death.signal} at "
                f"{' and '.join(crashing)}, {TOO_LITTLE_MEMORY if memory else BAD_KERNEL}; {self._log} holds what the "
                "workers printed"
            )
