"""Where boxes and lines stand: within their extent, apart from each other, and lines only to and from boxes."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from spectrum.drawing.parts import Box, Fork, Part, Stack
from spectrum.drawing.placement import Canvas, begins_with_box, extent, place

texts = st.text("abc 3x", min_size=1, max_size=30)
parts: st.SearchStrategy[Part] = st.recursive(
    texts.map(lambda text: Box(text, "plain")),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda children: Stack(tuple(children)))
        | st.tuples(st.lists(inner, min_size=1, max_size=4), st.sampled_from(["+", "", "concat", "concat " * 9])).map(
            lambda pair: Fork(tuple(pair[0]), pair[1])
        )
    ),
    max_leaves=12,
)


@given(parts)
def test_parts_stay_within_their_extent_and_apart(part: Part) -> None:
    canvas = Canvas()
    bottom = place(part, 100, 10, canvas)
    room = extent(part)
    assert abs(bottom - 10 - room.height) < 1e-6
    for box in canvas.boxes:
        assert 100 - room.left - 1e-6 <= box.x - box.width / 2
        assert box.x + box.width / 2 <= 100 + room.right + 1e-6
        assert box.y - box.height / 2 + 1e-6 >= 10
        assert box.y + box.height / 2 <= bottom + 1e-6
    for one, other in combinations(canvas.boxes, 2):
        apart_x = abs(one.x - other.x) >= (one.width + other.width) / 2
        apart_y = abs(one.y - other.y) >= (one.height + other.height) / 2
        assert apart_x or apart_y, (one, other)


@given(parts)
def test_lines_are_upright_or_level_and_cross_no_box(part: Part) -> None:
    canvas = Canvas()
    place(part, 0, 0, canvas)
    for corners, _ in canvas.lines:
        for (x0, y0), (x1, y1) in pairwise(corners):
            assert x0 == x1 or y0 == y1
            for box in canvas.boxes:
                inside_x = min(x0, x1) < box.x + box.width / 2 - 1e-6 and max(x0, x1) > box.x - box.width / 2 + 1e-6
                inside_y = min(y0, y1) < box.y + box.height / 2 - 1e-6 and max(y0, y1) > box.y - box.height / 2 + 1e-6
                assert not (inside_x and inside_y), (corners, box)


def test_arrows_point_at_boxes() -> None:
    box = Box("x", "plain")
    assert begins_with_box(Stack((box,)))
    assert not begins_with_box(Stack(()))
    assert not begins_with_box(Fork((box,), "+"))
    canvas = Canvas()
    place(Stack((box, box, Fork((box, Stack(())), "+"))), 0, 0, canvas)
    assert sum(arrow for _, arrow in canvas.lines) == 4  # to the second box and into the fork's, to + from both sides
