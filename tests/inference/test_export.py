"""An exported network computes what the network does, in other programs, for any number of images."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import spectrum as sp
from spectrum.errors import DefinitionError, StoreError
from spectrum.inference import export as module
from spectrum.rewriting.planned_model import made_for_run
from spectrum.training.classifier import Classifier
from spectrum.training.model_card import ModelCard


def make(segments: Any = 3) -> Classifier:
    """Narrow segments, which the library's own kernels compute in training; 11 of them leave a group to fill up."""
    network = sp.networks.small(classes=4, stem_stride=1, width=11).at(segments)
    built = sp.build(network, image=(1, 8, 8), seed=3).to(memory_format=torch.channels_last)
    card = ModelCard(network=network, image=(1, 8, 8), classes=tuple("abcd"), mean=(70.0,), std=(90.0,))
    return Classifier(built, card)


def images(count: int) -> torch.Tensor:
    return (torch.arange(count * 64) * 37 % 256).to(torch.uint8).reshape(count, 1, 8, 8)


@pytest.mark.parametrize("segments", [sp.PLAIN, 3, sp.DEPTHWISE])
def test_a_program_of_torch_export(tmp_path: Path, segments: Any) -> None:
    model = make(segments)
    written = sp.export(model, tmp_path / "new" / "network.pt2")
    program = torch.export.load(written.path).module()
    for count in (1, 3):
        with torch.inference_mode():
            expected = model(images(count))
            torch.testing.assert_close(program(images(count)), expected, atol=1e-5, rtol=1e-5)
    assert written.difference < 1e-5


def test_onnx(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    model = make()
    written = sp.export(model, tmp_path / "network.onnx")
    session = onnxruntime.InferenceSession(written.path, providers=["CPUExecutionProvider"])
    (entry,), (exit_,) = session.get_inputs(), session.get_outputs()
    assert (entry.name, entry.type, entry.shape[1:]) == ("images", "tensor(uint8)", [1, 8, 8])
    assert (exit_.name, exit_.shape[1:]) == ("logits", [4])
    for count in (1, 3):
        (found,) = session.run(None, {"images": images(count).numpy()})
        with torch.inference_mode():
            np.testing.assert_allclose(found, model(images(count)).numpy(), atol=1e-5)
    assert [path.name for path in tmp_path.iterdir()] == ["network.onnx"]  # the weights are in it


OWN = "tests.rewriting.own_models"


def own_model(function: str) -> Classifier:
    """A user's own model, rewritten at four segments, as it is after training."""
    network = sp.OwnNetwork(model=f"{OWN}:{function}", segments=4, intermediate="batch-norm+relu", tolerance=0.05)
    made = made_for_run(network, (1, 8, 8), seed=3)
    classes = tuple("0123456789")
    card = ModelCard(network=made.network, image=(1, 8, 8), classes=classes, mean=(70.0,), std=(90.0,))
    return Classifier(made.module, card)


@pytest.mark.parametrize("suffix", ["pt2", "onnx"])
def test_a_users_own_model(tmp_path: Path, suffix: str) -> None:
    """Comparing what was loaded back with the model is part of it."""
    if suffix == "onnx":
        pytest.importorskip("onnxruntime")
    written = sp.export(own_model("digits"), tmp_path / f"network.{suffix}")
    assert written.path.stat().st_size > 4 * 28_000
    assert written.difference < 1e-5


def test_a_users_own_model_that_operators_alone_do_not_say(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as raised:
        sp.export(own_model("branching"), tmp_path / "network.pt2")
    said = str(raised.value)
    assert said.startswith("a network is exported as operators alone, for any number of images, got ")
    assert said.endswith(
        "; write what it computes without branches on values or fixed numbers of images, or try the other format"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_computes_something_else_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make()
    wrong = {".pt2": (lambda _, path: path.touch(), lambda _: lambda given: model(given) + 0.01)}
    monkeypatch.setattr(module, "FORMATS", wrong)
    with pytest.raises(
        StoreError, match=r"computes what the network does, got logits that differ by 0\.01; nothing is"
    ):
        sp.export(model, tmp_path / "network.pt2")
    short = {".pt2": (lambda _, path: path.touch(), lambda _: lambda given: model(given)[:1, :2])}
    monkeypatch.setattr(module, "FORMATS", short)
    with pytest.raises(StoreError, match="got logits that differ by inf; nothing is written"):
        sp.export(model, tmp_path / "network.pt2")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DefinitionError, match=r"is exported as \.onnx or \.pt2, got 'x\.pt'; change the end of its"):
        sp.export(make(), "x.pt")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot write the exported network .*; make room or choose another folder"):
        sp.export(make(), tmp_path / "file" / "x.pt2")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(DefinitionError, match="exporting as ONNX takes the extra 'onnx', got no onnxruntime; run `pip"):
        sp.export(make(), tmp_path / "x.onnx")
