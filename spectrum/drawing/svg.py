"""A diagram as SVG: text that stays text, one style sheet, colours that the colour-blind tell apart."""

from xml.etree import ElementTree as Xml

from spectrum.drawing.placement import Box, Canvas

STYLE = """
text { font: 11px Helvetica, Arial, sans-serif; fill: #222; text-anchor: middle; dominant-baseline: central }
.note { font-size: 10px; fill: #666 }
.start { text-anchor: start } .end { text-anchor: end }
rect, circle { stroke: #444; stroke-width: 0.8 }
path { fill: none; stroke: #444; stroke-width: 1 }
marker path { fill: #444; stroke: none }
.page { fill: #fff; stroke: none }
.frame { fill: #f4f4f4; stroke: #999; stroke-dasharray: 3 2 }
.pointwise { fill: #b7d7f0 } .spatial { fill: #f8d3a8 } .linear { fill: #dccbe8 } .pool { fill: #bfe3cf }
.plain { fill: #fff } .circle { fill: #fff }
"""


def to_svg(canvas: Canvas, *, title: str) -> str:
    """The diagram as an SVG document."""
    size = {"width": _n(canvas.width), "height": _n(canvas.height)}
    root = Xml.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
    root.set("viewBox", f"0 0 {size['width']} {size['height']}")
    Xml.SubElement(root, "title").text = title
    Xml.SubElement(root, "style").text = STYLE
    _arrow_head(root)
    Xml.SubElement(root, "rect", {"class": "page", **size})
    for box in canvas.boxes:
        if box.kind == "frame":
            _box(root, box)
    for corners, arrow in canvas.lines:
        line = Xml.SubElement(root, "path", {"d": "M" + " L".join(f"{_n(x)} {_n(y)}" for x, y in corners)})
        if arrow:
            line.set("marker-end", "url(#arrow)")
    for box in canvas.boxes:
        if box.kind != "frame":
            _box(root, box)
    for note in canvas.notes:
        place = {"x": _n(note.x), "y": _n(note.y), "class": f"note {note.anchor}"}
        Xml.SubElement(root, "text", place).text = note.text
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode") + "\n"


def _arrow_head(root: Xml.Element) -> None:
    view = {"viewBox": "0 0 8 8", "refX": "7", "refY": "4", "markerWidth": "6", "markerHeight": "6", "orient": "auto"}
    marker = Xml.SubElement(Xml.SubElement(root, "defs"), "marker", {"id": "arrow", **view})
    Xml.SubElement(marker, "path", {"d": "M0 0 L8 4 L0 8 z"})


def _box(root: Xml.Element, box: Box) -> None:
    if box.kind == "circle":
        circle = {"cx": _n(box.x), "cy": _n(box.y), "r": _n(box.width / 2), "class": box.kind}
        Xml.SubElement(root, "circle", circle)
    else:
        corner = {"x": _n(box.x - box.width / 2), "y": _n(box.y - box.height / 2), "rx": "3"}
        size = {"width": _n(box.width), "height": _n(box.height)}
        Xml.SubElement(root, "rect", {**corner, **size, "class": box.kind})
    if box.text:
        Xml.SubElement(root, "text", {"x": _n(box.x), "y": _n(box.y)}).text = box.text


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
