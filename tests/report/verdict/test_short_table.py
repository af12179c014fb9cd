"""The short table: what stands in its cells, and that it fits a terminal."""

from collections.abc import Callable

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.findings import findings
from spectrum.report.verdict.short_table import legend, short_table
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_a_row_reads_as_it_should(given: Make) -> None:
    results = given({"1": [0.900, 0.902, 0.904], "4": [0.930, 0.9325, 0.934], "depthwise": [0.9001, 0.9022, 0.9037]})
    (frame,) = short_table(findings(results)).values()
    assert {name: list(column) for name, column in frame.items()} == {
        "segments": ["1", "4", "depthwise"],
        "accuracy (%)": ["90.20", "93.22", "90.20"],
        "95% interval": ["89.70-90.70", "92.71-93.72", "89.75-90.65"],
        "seeds": ["3"] * 3,
        "P(best)": ["< 0.01", "> 0.99", "< 0.01"],
        "vs 1": ["-", "+3.02 *", "+0.00"],
        "vs depthwise": ["+0.00", "+3.02 *", "-"],
        "lr": ["0.05", "0.0625", "0.0781"],
    }


def test_the_level_of_the_interval_is_in_its_heading(study: Make) -> None:
    (frame,) = short_table(findings(study(seeds=3), Criteria(alpha=0.1))).values()
    assert "90% interval" in frame.columns


def test_there_is_no_column_for_an_end_that_is_not_there(study: Make) -> None:
    (frame,) = short_table(findings(study(truth={"2": 0.9, "4": 0.9, "depthwise": 0.9}, seeds=3))).values()
    assert [name for name in frame.columns if name.startswith("vs")] == ["vs depthwise"]


def test_one_frame_for_each_group_each_within_eighty_columns(unfinished: Results) -> None:
    frames = short_table(findings(unfinished))
    assert list(frames) == ["100 k params, 3 M MACs", "400 k params, 12 M MACs"]
    for frame in frames.values():
        assert frame["seeds"].iloc[-1] == "8/10"
        assert max(map(len, frame.to_string(index=False).splitlines())) <= 80


def test_what_is_not_known_is_a_dash(study: Make, altered: Make) -> None:
    results = altered(study(truth={"1": 0.9, "4": 0.9}, seeds=1), "4", [0], "missing")
    (frame,) = short_table(findings(results)).values()
    assert frame.iloc[1].tolist() == ["4", "-", "-", "0/1", "-", "0.0625"]


def test_the_legend_explains_the_marks(study: Make) -> None:
    assert legend(findings(study(seeds=2), Criteria(margin=0.001))) == (
        "vs: difference in points of accuracy; *: its simultaneous interval leaves out 0, =: equivalent (within 0.1 "
        "points)"
    )


def test_map_stands_where_accuracy_does(given: Make, ranked_images: Make) -> None:
    results = given({"1": [0.900, 0.902, 0.904], "4": [0.930, 0.9325, 0.934]})
    (frame,), (ranked,) = (short_table(findings(each)).values() for each in (results, ranked_images(results)))
    assert list(ranked.columns) == [name.replace("accuracy", "MAP@100") for name in frame.columns]
    assert ranked.to_numpy().tolist() == frame.to_numpy().tolist()
    assert legend(findings(ranked_images(results))).startswith("vs: difference in points of MAP@100; *: its simult")
