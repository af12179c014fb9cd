"""A network is found by study, point and seed; what is not there gets a sentence with what is."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

import spectrum as sp
from spectrum.errors import StoreError
from spectrum.training.classifier import Classifier
from spectrum.training.data.loading import load as load_data
from spectrum.training.model_card import ModelCard, RunCard


@pytest.mark.parametrize(("point", "label"), [(2, "2"), ("2", "2"), (sp.DEPTHWISE, "depthwise")])
def test_the_best_seed_by_validation_is_taken(study: Path, point: Any, label: str) -> None:
    model = sp.load_model(study, point=point)
    confirmed = sp.load(study).confirmed
    rows = confirmed[confirmed["point"] == label].set_index("seed")
    best = rows.sort_values(["validation_top1", "validation_cross_entropy"], ascending=[False, True]).index[0]
    assert model.card.origin is not None
    assert (model.card.origin.point, model.card.origin.seed) == (label, best)
    digits = load_data("digits")
    with torch.inference_mode():
        right = model(digits.test.images).argmax(1) == digits.test.labels
    assert float(right.double().mean()) == rows.loc[best, "test_top1"]


def test_by_seed_by_name_and_by_file(study: Path) -> None:
    for seed in (0, 1):
        model = sp.load_model("kept", point=2, seed=seed, folder=study.parent)
        assert model.card.origin is not None
        assert model.card.origin.seed == seed
        again = sp.load_model(study / "weights" / f"{model.card.origin.run}.safetensors")
        assert again.card == model.card
    budget = model.card.origin.budget
    assert sp.load_model(study, point=2, seed=1, budget=budget).card == model.card


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {},
            "one point is used at a time, got several that are kept; give --point (in Python point=) one of 2, depth",
        ),
        (
            {"point": 3},
            "there is no kept point '3'; use one of 2, depthwise; or make one by `spectrum rerun {study} --point 3 "
            "--seed SEED --out network.safetensors`",
        ),
        ({"point": "depth"}, "there is no kept point 'depth'; did you mean 'depthwise'? known: 2, depthwise"),
        (
            {"point": 2, "seed": 7},
            "there is no kept network of seed 7 at point 2, but of 0, 1; give one of these by --seed (in Python "
            "seed=), or make that run again by `spectrum rerun {study} --point 2 --seed 7 --out network.safetensors`",
        ),
        ({"point": 2, "budget": "1 M"}, "there is no kept budget '1 M'; "),
    ],
)
def test_what_is_not_kept(study: Path, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(StoreError) as raised:
        sp.load_model(study, **asked)
    assert str(raised.value).startswith(message.format(study=study.name))


@pytest.mark.parametrize("asked", [{"point": 2}, {"seed": 0}, {"budget": "1 M"}], ids=str)
def test_a_file_holds_one_network(study: Path, asked: dict[str, Any]) -> None:
    file = next((study / "weights").glob("*.safetensors"))
    with pytest.raises(StoreError, match="a file holds one network, got a point, a seed or a budget for"):
        sp.load_model(file, **asked)


def test_a_study_that_keeps_nothing(study: Path, tmp_path: Path) -> None:
    shutil.copy(study / "study.json", tmp_path)
    with pytest.raises(
        StoreError,
        match=r"a study keeps trained networks in .*, got none; run it with keep='best', or make one again with "
        rf"`spectrum rerun {tmp_path.name} --point POINT --seed SEED --out network\.safetensors`",
    ):
        sp.load_model(tmp_path)
    with pytest.raises(StoreError, match="there is no study 'nothing'"):
        sp.load_model("nothing", folder=tmp_path)


def test_a_file_that_is_not_of_its_run_is_not_taken_for_it(study: Path, tmp_path: Path) -> None:
    home = shutil.copytree(study, tmp_path / "kept")
    first, second, *_ = sorted((home / "weights").glob("*.safetensors"))
    card = sp.load_model(second).card
    assert card.origin is not None
    shutil.copy(second, first)
    with pytest.raises(StoreError) as raised:
        sp.load_model(home, point=2)
    assert str(raised.value) == (
        f"{first} is named after the run that its network is of, got the run {card.origin.run} of "
        f"{card.origin.study}; move it away"
    )
    first.write_bytes(second.read_bytes()[:100])
    with pytest.raises(StoreError, match=r"which is damaged or something else .*; train the network again, or move"):
        sp.load_model(home, point=2)
    first.unlink()
    assert sp.load_model(home, point=card.origin.point, seed=card.origin.seed).card == card


def test_points_of_several_factors_are_quoted(tmp_path: Path) -> None:
    """Their labels hold commas, which also stand between them."""
    (tmp_path / "study.json").write_text('{"name": "factors"}')
    for key, (segments, between) in enumerate([(2, "nothing"), (2, "relu"), (4, "relu")]):
        spec = sp.networks.small(classes=3, stem_stride=1, width=4)
        point = f"{segments}, {between} in between"
        origin = RunCard(
            study="factors", run=str(key), point=point, budget="5 k params", seed=1, top1=0.5, cross_entropy=1.0
        )
        card = ModelCard(
            network=spec, image=(1, 8, 8), classes=("a", "b", "c"), mean=(0.0,), std=(255.0,), origin=origin
        )
        sp.save_model(Classifier(sp.build(spec, image=(1, 8, 8)), card), tmp_path / "weights" / f"{key}.safetensors")
    labels = '"2, nothing in between", "2, relu in between", "4, relu in between"'
    with pytest.raises(StoreError) as several:
        sp.load_model(tmp_path)
    assert str(several.value).endswith(f"give --point (in Python point=) one of {labels}")
    with pytest.raises(StoreError) as unknown:
        sp.load_model(tmp_path, point="8")
    assert f"use one of {labels}; or make one by `spectrum rerun " in str(unknown.value)
    with pytest.raises(StoreError) as seed:
        sp.load_model(tmp_path, point="4, relu in between", seed=3)
    assert str(seed.value).startswith('there is no kept network of seed 3 at point "4, relu in between", but of 1; ')
    assert '--point "4, relu in between" --seed 3 --out' in str(seed.value)
