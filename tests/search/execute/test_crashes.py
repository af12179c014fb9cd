"""When a study stops for its workers' sake: at the first run of several points, again and again, and not before."""

from collections.abc import Callable
from pathlib import Path

import pytest

import spectrum as sp
from spectrum.errors import SpectrumError
from spectrum.search.execute.crashes import Crashes
from spectrum.search.execute.local_processes import WorkerDied
from spectrum.search.plan import Plan
from spectrum.search.study import Study

MakeStudy = Callable[..., Study]


@pytest.fixture
def plan(tiny: MakeStudy) -> Plan:
    return sp.plan(tiny(segments=(1, 2, sp.DEPTHWISE)))


def test_three_deaths_at_each_of_two_points(plan: Plan) -> None:
    crashes = Crashes(plan, log=Path("workers.log"))
    one, two, _, *_ = plan.runs
    for run in (one, one, one, two, two):
        crashes.note(run, WorkerDied(-11))
    with pytest.raises(SpectrumError) as raised:
        crashes.note(two, WorkerDied(-11))
    assert str(raised.value) == (
        "a study stops where worker after worker dies in its first epoch, got SIGSEGV at 1 and 2, as by a faulty "
        "kernel of a native library: try recipe.channels_last=False, or other kernels by running it with "
        "ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 in the environment; workers.log holds what the workers "
        "printed"
    )


def test_the_only_point_is_enough(tiny: MakeStudy) -> None:
    plan = sp.plan(tiny(segments=(1,)))
    crashes = Crashes(plan, log=Path("workers.log"))
    for _ in range(2):
        crashes.note(plan.runs[0], WorkerDied(-9))
    with pytest.raises(SpectrumError, match="got SIGKILL at 1, which the system sends where memory runs out"):
        crashes.note(plan.runs[0], WorkerDied(-9))


def test_an_epoch_at_a_point_makes_up_for_its_deaths(plan: Plan) -> None:
    crashes = Crashes(plan, log=Path("workers.log"))
    one, two, *_ = plan.runs
    for _ in range(10):
        crashes.note(one, WorkerDied(-11))
        for _ in range(2):
            crashes.note(two, WorkerDied(-11))
        crashes.forget(two)


def test_an_exit_is_no_crash(plan: Plan) -> None:
    crashes = Crashes(plan, log=Path("workers.log"))
    for run in plan.runs[:3] * 5:
        crashes.note(run, WorkerDied(1))
