"""The public door: networks, modules, files, and wrong calls."""

from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from torch import nn

import spectrum as sp
from spectrum.drawing.draw import draw
from spectrum.errors import DefinitionError, SpectrumError

IMAGE = (192, 35, 35)


def words(svg: str) -> list[str]:
    return [element.text or "" for element in Xml.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_figures_1_to_4() -> None:
    """Towers, the same as segments behind one 1 x 1, and one segment a channel."""
    one, two, three, four = (
        words(draw(figure(), image=IMAGE).svg)
        for figure in (sp.inception.canonical, sp.inception.simplified, sp.inception.reformulated, sp.inception.extreme)
    )
    assert [one.count(text) for text in ("3x3 average pool", "3x3 conv 96 + BN", "1x1 conv 64 + BN")] == [1, 2, 4]
    assert [two.count(text) for text in ("1x1 conv 64 + BN", "3x3 conv 64 + BN", "concat")] == [3, 3, 1]
    assert [three.count(text) for text in ("1x1 conv 192 + BN", "3x3", "concat 3 segments of 64")] == [1, 3, 1]
    assert [four.count(text) for text in ("1x1 conv 192 + BN", "3x3", "...", "concat 192 segments of 1")] == [
        1,
        3,
        1,
        1,
    ]


def test_segments_are_boxes_in_a_module_and_one_box_in_a_network() -> None:
    block = sp.Module(channels=(8,), residual=False)
    network = sp.Network(modules=(block,), classes=2, segments=4, image=(8, 6, 6))
    assert words(draw(network).svg).count("3x3") == 0
    assert words(draw(network, apart=True).svg).count("3x3") == 4
    assert words(draw(block, image=(8, 6, 6)).svg).count("3x3") == 3
    assert (
        words(draw(block.replace(segments=2), image=(8, 6, 6), apart=False).svg).count("3x3 conv, 2 segments of 4 + BN")
        == 1
    )


def test_a_module_shows_what_stands_before_it_and_how_often_it_is_there() -> None:
    """Xception's middle flow: three times ReLU and a separable convolution, eight times."""
    middle = sp.Module(channels=(728,) * 3, order="spatial-first", repeat=8)
    said = words(draw(middle, image=(728, 19, 19)).svg)
    assert (said.count("ReLU"), said.count("1x1 conv 728 + BN"), said.count("+"), said.count("8x")) == (3, 3, 1, 1)


def test_a_diagram_is_saved_and_shown(tmp_path: Path) -> None:
    diagram = draw(sp.networks.small())
    assert diagram.save(tmp_path / "new" / "net.svg").read_text() == diagram.svg == diagram._repr_svg_()
    assert sp.draw is draw
    with pytest.raises(DefinitionError, match=r"saved as SVG, got 'net.png'; use a name that ends in .svg"):
        diagram.save(tmp_path / "net.png")
    with pytest.raises(SpectrumError, match="cannot be written"):
        diagram.save(tmp_path / "new" / "net.svg" / "net.svg")


def test_wrong_calls() -> None:
    with pytest.raises(DefinitionError, match=r"a module does not say what comes in; give image=\(channels"):
        draw(sp.inception.canonical())
    with pytest.raises(DefinitionError, match="this network does not say what images it takes"):
        draw(sp.Network(modules=(sp.Module(channels=(4,)),), classes=2))
    with pytest.raises(DefinitionError, match=r"an image is \(channels, height, width\), got \(1, 2\)"):
        draw(sp.inception.canonical(), image=(1, 2))  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match="an auxiliary classifier is drawn in its network"):
        draw(sp.Auxiliary(towers=(sp.Tower(channels=(4,), kernels=(1,)),)), image=IMAGE)
    what = "what is drawn is a sp.Network, a sp.Module or a sp.Inception"
    with pytest.raises(DefinitionError, match=rf"{what}, got 'xception'; give one of these, such as sp.networks.named"):
        draw("xception")  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match=rf"{what}, got a Sequential; give one of these"):
        draw(nn.Sequential())  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match="the image is too small"):
        draw(sp.networks.xception(), image=(3, 8, 8))
