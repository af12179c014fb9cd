"""Whether a study is the one that its store was begun with: decided from the ledger, whatever became of the tables."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

import spectrum as sp
from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.errors import StoreError
from spectrum.search.store import same_study
from spectrum.search.store.ledger import Ledger, open_ledger
from spectrum.search.store.record import Record
from spectrum.search.store.same_study import check_same_study
from spectrum.search.study import Factors, Study
from spectrum.training.outcome import Outcome

MakeStudy = Callable[..., Study]


class Begun:
    """The folder of the tiny study, one of whose runs is finished."""

    def __init__(self, study: Study, folder: Path, outcome: Outcome) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "checkpoints").mkdir()
        with self.checked(study) as ledger:
            run = sp.plan(study).runs[0]
            ledger.add(run, Record(run.key, {"lr": 0.1}, outcome))

    @contextmanager
    def checked(
        self, study: Study, *, storage: str | Path | None = None, plan: Any = None, kernels: KernelCosts | None = None
    ) -> Iterator[Ledger]:
        with open_ledger("tiny", storage or self.folder / "journal.log") as ledger:
            check_same_study(plan or sp.plan(study), ledger, self.folder, kernels=kernels)
            yield ledger

    def refusal(self, study: Study, **more: Any) -> str:
        before = (self.folder / "journal.log").read_bytes()
        with pytest.raises(StoreError) as raised, self.checked(study, **more):
            pass
        after = (self.folder / "journal.log").read_bytes()
        assert after.count(b'"op_code":4') == before.count(b'"op_code":4')  # no trial is added
        return str(raised.value)


@pytest.fixture
def begun(tiny: MakeStudy, tmp_path: Path, outcome: Callable[..., Outcome]) -> Begun:
    return Begun(tiny(), tmp_path / "tiny", outcome())


def test_what_is_kept_may_change_at_any_time(begun: Begun, tiny: MakeStudy) -> None:
    """And a study that was begun before there was such a field goes on."""
    with begun.checked(tiny(keep="none")) as ledger:
        assert ledger.finished == 1
        definition = json.loads(ledger.fact("definition") or "")
        assert definition.pop("keep") == "none"
        ledger.write_fact("definition", json.dumps(definition))
    with begun.checked(tiny(keep="all")) as ledger:
        assert ledger.finished == 1
    assert "got other values of seeds than" in begun.refusal(tiny(keep="none", seeds=3))


def test_the_same_study_goes_on(begun: Begun, tiny: MakeStudy) -> None:
    with begun.checked(tiny()) as ledger:
        assert ledger.finished == 1


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"seeds": 3}, "seeds"),
        ({"segments": (1, 2, sp.DEPTHWISE)}, "segments"),
        ({"recipe": sp.Recipe(epochs=3, batch=128, schedule="one-cycle", flip=True)}, "recipe.epochs, recipe.flip"),
        ({"tune": sp.Tune(trials=4, lr=(0.02, 2.0)), "seeds": 1}, "tune.lr, seeds"),
        ({"budget": sp.Budget(params=5_000, macs=41_000, tolerance=0.05)}, "budget"),
        ({"network": sp.networks.small(classes=10, width=4, stem_stride=1, segments=2)}, "network.segments"),
        ({"factors": Factors(residual=(False,))}, "factors.residual"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_changed_definition_is_refused(begun: Begun, tiny: MakeStudy, change: dict[str, Any], fields: str) -> None:
    assert begun.refusal(tiny(**change)) == (
        f"a study keeps its definition, got other values of {fields} than the runs in {begun.folder} have; give the "
        "changed study a new name, or move that folder away"
    )


def test_a_definition_may_change_before_there_are_runs(tiny: MakeStudy, tmp_path: Path) -> None:
    for study in (tiny(), tiny(seeds=3), tiny(seeds=4)):
        with open_ledger("tiny", tmp_path / "journal.log") as ledger:
            check_same_study(sp.plan(study), ledger, tmp_path)
            assert ledger.fact("definition") == study.to_json()


def test_a_definition_that_this_version_cannot_read_is_another(begun: Begun, tiny: MakeStudy) -> None:
    with begun.checked(tiny()) as ledger:
        ledger.write_fact("definition", '{"name": "tiny", "speed": 3}')
    assert "got other values of fields that this version does not know than the runs" in begun.refusal(tiny())


def test_another_store_is_refused_before_anything_is_written_there(
    begun: Begun, tiny: MakeStudy, tmp_path: Path
) -> None:
    storage = f"sqlite:///{tmp_path}/other.db"
    sentence = (
        f"a study stays in one store, got another one than {begun.folder} was begun with; give the storage it was "
        "begun with, or move that folder away"
    )
    assert begun.refusal(tiny(), storage=storage) == sentence
    with open_ledger("tiny", storage) as ledger:
        assert ledger.fact("definition") is None
    (begun.folder / "journal.log").rename(tmp_path / "mislaid.log")
    with pytest.raises(StoreError, match="a study stays in one store"), begun.checked(tiny()):
        pass


def test_a_second_host_goes_on_with_the_same_store(begun: Begun, tiny: MakeStudy, tmp_path: Path) -> None:
    """Its folder is new, and belongs to the store from then on."""
    (tmp_path / "second").mkdir()
    for _ in range(2):
        with open_ledger("tiny", begun.folder / "journal.log") as ledger:
            check_same_study(sp.plan(tiny()), ledger, tmp_path / "second")
            assert ledger.finished == 1


def test_another_model_of_ones_own_is_refused(begun: Begun, tiny: MakeStudy) -> None:
    plan = sp.plan(tiny())
    other = sp.plan(tiny(network=tiny().network.replace(norm_eps=1e-4)))
    own = tiny(network="package.module:function")
    object.__setattr__(plan, "points", other.points)
    object.__setattr__(plan, "study", own)
    with open_ledger("tiny", begun.folder / "journal.log") as ledger, pytest.raises(StoreError) as raised:
        same_study.check_plan(plan, ledger, begun.folder)
    assert str(raised.value) == (
        f"a study keeps its runs, got a plan without 1 of the 1 finished ones in {begun.folder}: "
        "package.module:function or the library has changed since; go on with the old, or give the study a new name"
    )


def test_other_networks_are_refused(begun: Begun, tiny: MakeStudy) -> None:
    """As when another version of the library matches the widths in another way."""
    plan = sp.plan(tiny())
    other = sp.plan(tiny(network=tiny().network.replace(norm_eps=1e-4)))
    object.__setattr__(plan, "points", other.points)
    assert begun.refusal(tiny(), plan=plan) == (
        f"a study keeps its runs, got a plan without 1 of the 1 finished ones in {begun.folder}: another version of "
        "the library made them; go on with that one, or give the study a new name"
    )


def write_images(path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    np.savez(path, images=rng.integers(0, 255, (200, 8, 8), np.uint8), labels=np.arange(200) % 10)


@pytest.mark.parametrize("tables", ["whole", "damaged", "deleted"])
def test_other_data_are_refused_once_a_run_is_finished(
    tiny: MakeStudy, tmp_path: Path, outcome: Callable[..., Outcome], tables: str
) -> None:
    """The table of runs has no say in it: it was deleted on the tool's own advice once, and data were mixed."""
    path = tmp_path / "own.npz"
    write_images(path, 0)
    study = tiny(data=str(path))
    begun = Begun(study, tmp_path / "tiny", outcome())
    if tables == "damaged":
        (begun.folder / "runs.csv").write_text("key,sta")
    write_images(path, 1)
    assert begun.refusal(study) == (
        f"a study keeps its data, got other contents of {path} than the runs in {begun.folder} were trained on; put "
        "the old data back, or give the study a new name"
    )
    write_images(path, 0)
    with begun.checked(study) as ledger:
        assert ledger.finished == 1


def test_data_may_be_put_right_before_that(tiny: MakeStudy, tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    study = tiny(data=str(path))
    (tmp_path / "checkpoints").mkdir()
    for seed in (0, 1):
        write_images(path, seed)
        with open_ledger("tiny", tmp_path / "journal.log") as ledger:
            check_same_study(sp.plan(study), ledger, tmp_path)
        left = list((tmp_path / "checkpoints").iterdir())
        assert left == []  # a checkpoint of the other data is gone
        (tmp_path / "checkpoints" / "0123.pt").write_text("of a run on these data")


def test_the_kernels_that_a_study_was_begun_with(
    tiny: MakeStudy, tmp_path: Path, outcome: Callable[..., Outcome]
) -> None:
    mine, other = (KernelCosts(processor="mine", fp32=(cost,)) for cost in (1.0, 2.0))
    with open_ledger("tiny", tmp_path / "journal.log") as ledger:
        for kernels in (other, mine, None):
            check_same_study(sp.plan(tiny()), ledger, tmp_path, kernels=kernels)
        assert ledger.fact("kernels") == mine.to_json()
    begun = Begun(tiny(), tmp_path / "begun", outcome())
    assert begun.refusal(tiny(), kernels=mine) == (
        "a study keeps the kernels that it was begun with, got others; leave them out to go on, or give the study a "
        "new name"
    )


def test_given_weights_keep_their_content_and_may_move(
    tiny: MakeStudy, tmp_path: Path, outcome: Callable[..., Outcome], given_weights: Path
) -> None:
    begun = Begun(tiny(start=given_weights), tmp_path / "tiny", outcome())
    moved = given_weights.rename(tmp_path / "moved.safetensors")
    with begun.checked(tiny(start=moved)) as ledger:
        assert ledger.finished == 1
        assert '"start":"' in (ledger.fact("definition") or "").replace(" ", "")
    state = load_file(moved)
    save_file({**state, "classifier.bias": state["classifier.bias"] + 1}, moved)
    again = "put the old file back, or give the study a new name"
    rule = "a study keeps the weights that its networks start from, got"
    assert begun.refusal(tiny(start=moved)) == f"{rule} other contents of {moved}; {again}"
    assert begun.refusal(tiny()) == f"{rule} none where its runs have some; {again}"


def test_a_study_that_was_begun_without_weights_takes_none_later(
    begun: Begun, tiny: MakeStudy, given_weights: Path
) -> None:
    assert f"got {given_weights} where its runs have none; put" in begun.refusal(tiny(start=given_weights))


def test_given_weights_may_be_put_right_before_a_run_is_finished(
    tiny: MakeStudy, tmp_path: Path, given_weights: Path
) -> None:
    for study in (tiny(), tiny(start=given_weights), tiny()):
        plan = sp.plan(study)
        with open_ledger("tiny", tmp_path / "journal.log") as ledger:
            check_same_study(plan, ledger, tmp_path)
            assert ledger.fact("start") == (plan.points[0].start.digest if plan.points[0].start else None)
