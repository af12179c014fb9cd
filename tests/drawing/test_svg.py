"""The SVG document: well-formed, its text as text."""

from xml.etree import ElementTree as Xml

from spectrum.drawing.placement import Box, Canvas, Note
from spectrum.drawing.svg import to_svg

NAMES = {"svg": "http://www.w3.org/2000/svg"}


def test_what_is_on_the_canvas_is_in_the_document() -> None:
    canvas = Canvas(
        boxes=[
            Box(50, 20, 40, 20, "a < b & c", "spatial"),
            Box(50, 60, 18, 18, "+", "circle"),
            Box(50, 40, 90, 90, "", "frame"),
        ],
        notes=[Note(60, 30, "3x8x8", "start")],
        lines=[(((50, 30), (50, 51)), True), (((0, 0), (10, 0), (10.25, 5)), False)],
        width=100,
        height=80,
    )
    root = Xml.fromstring(to_svg(canvas, title="a & b"))
    assert root.get("viewBox") == "0 0 100 80"
    assert root.findtext("svg:title", namespaces=NAMES) == "a & b"
    assert [text.text for text in root.findall("svg:text", NAMES)] == ["a < b & c", "+", "3x8x8"]
    paths = root.findall("svg:path", NAMES)
    assert [path.get("d") for path in paths] == ["M50 30 L50 51", "M0 0 L10 0 L10.2 5"]
    assert [path.get("marker-end") for path in paths] == ["url(#arrow)", None]
    rectangles = [(each.get("class"), each.get("x"), each.get("y")) for each in root.findall("svg:rect", NAMES)]
    assert rectangles == [("page", None, None), ("frame", "5", "-5"), ("spatial", "30", "10")]
    assert [circle.get("r") for circle in root.findall("svg:circle", NAMES)] == ["9"]
