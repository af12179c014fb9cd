"""Networks and image sizes as the command line takes them."""

from pathlib import Path

import pytest

import spectrum as sp
from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.processor import processor
from spectrum.errors import DefinitionError
from spectrum.network_argument import image_of, kernel_costs_in, network_of


def test_a_network_by_name_and_from_a_file(tmp_path: Path) -> None:
    assert network_of("small", classes=None) == sp.networks.small()
    assert network_of("inception_v3", classes=None, segments=4) == sp.networks.inception_v3(segments=4)
    assert network_of("small", classes=7) == sp.networks.small(classes=7)
    path = tmp_path / "net.json"
    path.write_text(sp.networks.small(width=8).to_json())
    assert network_of(str(path), classes=None) == sp.networks.small(width=8)
    assert network_of(str(path), classes=None, segments=4) == sp.networks.small(width=8, segments=4)
    assert network_of(str(path), classes=7) == sp.networks.small(classes=7, width=8)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff", "a network file is UTF-8 text, got other bytes in"),
        (b"[1]", "a Network is read from a JSON object, got"),
        (b"{", "a Network is read from JSON, got text that breaks off at line 1"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "net.json").write_bytes(content)
    with pytest.raises(DefinitionError, match=sentence):
        network_of(str(tmp_path / "net.json"), classes=None)


def test_the_costs_of_kernels(tmp_path: Path) -> None:
    costs = KernelCosts(processor=processor(), fp32=(1.0, 2.0))
    (tmp_path / "kernels.json").write_text(costs.to_json())
    assert kernel_costs_in(tmp_path / "kernels.json") == costs
    with pytest.raises(
        DefinitionError, match=r"there is no kernels file .*; write one here with `spectrum tune-kernels`"
    ):
        kernel_costs_in(tmp_path / "elsewhere" / "kernels.json")


def test_the_size_of_an_image() -> None:
    assert image_of("3x299x299") == image_of("3X299X299") == (3, 299, 299)
    for text in ("", "3x299", "3x299x299x1", "ax1x1", "1x1x1000000000", "-1x2x3"):
        with pytest.raises(DefinitionError, match="an image is channels x height x width, got"):
            image_of(text)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("import spectrum as sp", "a KernelCosts is read from JSON, got text that breaks off at line 1, column 1"),
        ("[1]", r"a KernelCosts is read from a JSON object, got \[1\]"),
        ("{}", "KernelCosts needs the field 'processor'"),
        (
            '{"processor": "amx", "copy_fp32": -1.0}',
            "KernelCosts.copy_fp32: input should be greater than or equal to 0",
        ),
    ],
)
def test_a_file_of_something_else(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "kernels.json").write_text(content)
    sentence = (
        f"a kernels file is one that `spectrum tune-kernels` wrote, got .*kernels.json: {reason}.*; write one here with"
    )
    with pytest.raises(DefinitionError, match=sentence):
        kernel_costs_in(tmp_path / "kernels.json")


def test_kernels_of_another_processor(tmp_path: Path) -> None:
    (tmp_path / "kernels.json").write_text(KernelCosts(processor="zen5").to_json())
    sentence = (
        "a kernels file is of the kind of processor that computes by it, got .*kernels.json of 'zen5' on "
        f"{processor()}.*; write one here with `spectrum tune-kernels`"
    )
    with pytest.raises(DefinitionError, match=sentence):
        kernel_costs_in(tmp_path / "kernels.json")
