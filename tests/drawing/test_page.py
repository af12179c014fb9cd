"""Networks in columns: nothing is left out, and nothing leaves the page."""

import pytest

import spectrum as sp
from spectrum.architecture.networks import NAMED
from spectrum.drawing.describe import Description
from spectrum.drawing.page import page
from spectrum.drawing.placement import Canvas, text_width


def drawn(name: str) -> Canvas:
    network = sp.networks.named(name)
    assert network.image
    return page(Description(network.tree, network.image, apart=False).stages())


@pytest.mark.parametrize("name", NAMED)
def test_everything_is_on_the_page_and_apart(name: str) -> None:
    canvas = drawn(name)
    boxes = [box for box in canvas.boxes if box.kind != "frame"]
    for box in canvas.boxes:
        assert box.x - box.width / 2 > 0
        assert box.x + box.width / 2 < canvas.width
        assert box.y - box.height / 2 > 0
        assert box.y + box.height / 2 < canvas.height
    for note in canvas.notes:
        left = note.x - (text_width(note.text) if note.anchor == "end" else 0)
        assert left > 0
        assert left + text_width(note.text) < canvas.width
        for box in boxes:
            apart = left >= box.x + box.width / 2 or left + text_width(note.text) <= box.x - box.width / 2
            assert apart or abs(note.y - box.y) >= box.height / 2
    assert 0.5 < canvas.width / canvas.height < 2.5


def test_a_repeated_module_has_a_frame_and_its_number() -> None:
    canvas = drawn("xception")
    assert [box.kind for box in canvas.boxes].count("frame") == 1
    assert [note.text for note in canvas.notes if note.text.endswith(" 8x")] == ["features.4-11, 8x"]


def test_the_sizes_of_the_images_are_those_of_figure_5() -> None:
    sizes = {note.text for note in drawn("xception").notes if note.anchor == "start"}
    assert sizes == {
        "3x299x299", "64x147x147", "128x74x74", "256x37x37", "728x19x19", "1024x10x10", "2048x10x10", "2048", "1000"
    }  # fmt: skip
