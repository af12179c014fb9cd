"""The short table: what stands in its cells, and that it fits a terminal."""

from collections.abc import Callable

from spectrum.report.brief import brief
from spectrum.report.statistics import summary
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_a_row_reads_as_it_should(given: Make) -> None:
    results = given({"1": [0.900, 0.902, 0.904], "4": [0.930, 0.9325, 0.934], "depthwise": [0.9001, 0.9022, 0.9037]})
    (frame,) = brief(summary(results)).values()
    assert frame["segments"].tolist() == ["1", "4", "depthwise"]
    assert frame["accuracy %"].tolist() == ["90.20", "93.22", "90.20"]
    assert frame["vs regular"].tolist() == ["-", "+3.02 *", "+0.00 ="]
    assert frame["vs depthwise"].tolist() == ["+0.00 =", "+3.02 *", "-"]
    assert frame["P(best)"].tolist() == ["< 0.01", "> 0.99", "< 0.01"]
    assert frame["95 % interval"].iloc[0] == "89.70-90.70"
    assert frame["seeds"].tolist() == ["3"] * 3
    assert frame["lr"].tolist() == ["0.05", "0.0625", "0.0781"]


def test_one_frame_for_each_group_each_within_eighty_columns(unfinished: Results) -> None:
    frames = brief(summary(unfinished))
    assert list(frames) == ["100 k params, 3 M MACs", "400 k params, 12 M MACs"]
    for frame in frames.values():
        assert frame["seeds"].iloc[-1] == "8/10"
        assert max(map(len, frame.to_string(index=False).splitlines())) <= 80


def test_what_is_not_known_is_a_dash(study: Make, altered: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=1)
    (frame,) = brief(summary(altered(results, "4", [0], "missing"))).values()
    assert frame.iloc[1].tolist() == ["4", "-", "-", "0/1", "-", "-", "-", "0.0625"]
