"""How the findings were judged, in sentences that follow from the study."""

from collections.abc import Callable

import pandas as pd

from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.findings import findings
from spectrum.report.verdict.methods import methods
from spectrum.results.results import Results

Make = Callable[..., Results]


def said(results: Results, **criteria: object) -> str:
    return " ".join(methods(findings(results, Criteria(**criteria))))  # type: ignore[arg-type]


def test_a_whole_study(study: Make) -> None:
    assert said(study(seeds=5)) == (
        "Each point was given 4 tuning trials. How far its learning rate may be from the best is estimated from a "
        "quadratic response surface, the curvature of which all points share. Intervals of single means come from "
        "Student's t over seeds, each by itself. All statements on differences follow from one family of simultaneous "
        "95% intervals: two fifths of the error rate go to which point is best (the leading point is tested against "
        "each other one), the rest to all pairwise differences. Critical values are simulated for the seeds that there "
        "are; variances are each point's own, moderated towards their mean; the uncertainty of tuning is included "
        "where it is known. Points are equivalent where their interval lies within 0.3 points. Runs that diverged have "
        "no score: they are compared by Fisher's exact test. All of this is about means over seeds on these test "
        "images; other images, recipes or budgets may give other answers."
    )


def test_without_a_response_surface_none_is_named(study: Make) -> None:
    two = study(truth={"1": 0.9, "4": 0.9}, seeds=3, trials=2)
    assert said(two).startswith(
        "Each point was given 2 tuning trials. No response surface could be fitted to them, so each was trained at the "
        "learning rate of its best trial. Intervals"
    )


def test_before_a_point_was_trained_nothing_is_said_of_how(study: Make, altered: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=2, trials=2)
    for point in ("1", "4"):
        results = altered(results, point, [0, 1], "missing")
    assert said(results).startswith("Each point is given 2 tuning trials. Intervals")


def test_groups_without_a_surface_are_left_out_of_what_is_said_of_surfaces(study: Make) -> None:
    parts = [
        study(truth={"1": 0.9, "4": 0.9}, seeds=3, trials=number, intermediate=word)
        for word, number in (("none", 4), ("relu", 2))
    ]
    assert said(Results("both", pd.concat([part.runs for part in parts]))).startswith(
        "Each point was given 2 to 4 tuning trials. How far its learning rate may be from the best is estimated from a "
        "quadratic response surface, the curvature of which all points share, but for relu in between: trained at the "
        "learning rate of its best trial. Intervals"
    )


def test_where_nothing_is_compared_no_family_is_named(study: Make) -> None:
    assert "simultaneous" not in said(study(seeds=1))


def test_the_criteria_are_named(study: Make) -> None:
    text = said(study(seeds=6), alpha=0.01, margin=0.001, interval="bootstrap")
    assert "Intervals of single means come from the studentised bootstrap over seeds" in text
    assert "simultaneous 99% intervals" in text
    assert "within 0.1 points" in text


def test_races_and_extensions_are_named(study: Make) -> None:
    runs = study(seeds=5).runs
    race = said(Results("race", runs, study={"seeds": {"looks": [3, 5]}}))
    assert "The race looks at 3 and 5 seeds; the looks share the error rate" in race
    longer = said(Results("longer", runs, study={"seeds": 5, "extended_from": [3]}))
    assert (
        "Fresh seeds are judged by themselves at the same level, so that the two verdicts together err in up to 10%"
        in (longer)
    )


def test_points_added_after_a_verdict_are_named(study: Make) -> None:
    runs = study(truth={"1": 0.9, "4": 0.9, "8": 0.9}, seeds=5).runs
    grown = {"seeds": 5, "points_before": [["1", "4"]]}
    sentence = (
        "The study was extended after its verdict could be read. With points added, all points are one family at the "
        "same level, so that the two verdicts together err in up to 10% of studies."
    )
    assert sentence in said(Results("more", runs, study=grown))
    race = said(Results("race", runs, study={**grown, "seeds": {"looks": [3, 5]}}))
    assert "The race looks at 3 and 5 seeds" in race
    assert sentence in race
    both = said(Results("both", runs, study={**grown, "extended_from": [2]}))
    assert (
        "Fresh seeds are judged by themselves at the same level and with points added, all points are one family at "
        "the same level, so that the 3 verdicts together err in up to 15% of studies." in both
    )


def test_crossed_factors_are_a_family_of_their_own(study: Make) -> None:
    parts = [study(seeds=3, intermediate=word) for word in ("none", "relu")]
    text = said(Results("both", pd.concat([part.runs for part in parts])))
    assert "The effects of each crossed factor are one family of simultaneous intervals as well." in text


def test_tuning_that_differs_and_tuning_that_was_not(study: Make) -> None:
    runs = study(truth={"1": 0.9, "4": 0.9}, seeds=3, trials=4).runs
    few = Results("few", runs[~((runs["segments"] == "4") & (runs["trial"].fillna(0) > 2))])
    assert said(few).startswith("Each point was given 3 to 4 tuning trials.")
    assert "tuning trial" not in said(study(seeds=3, trials=0))


def test_groups_and_looks(unfinished: Results, study: Make) -> None:
    text = said(unfinished)
    assert "intervals within each group" in text
    assert "Repeated looks at an unfinished study are not corrected for: draw no conclusions before it is" in text
    alone = said(Results("done", pd.concat([study(seeds=2).runs])))
    assert "Repeated looks" not in alone
    assert "group" not in alone


def test_what_map_is(study: Make, ranked_images: Make) -> None:
    results = study(seeds=5)
    first, rest = said(ranked_images(results, k=7)).split(" Each point was given ")
    assert first == (
        "MAP@7 is the mean over images of the average precision of the classes ranked highest for each, classes "
        "weighted by how often the train split shows them. No image is right or wrong by it, so that nothing is said "
        "of what other images like these would show."
    )
    assert said(results).endswith(rest)
    for weights, words in (
        ("equal", "ranked highest for each. No"),
        ([1.0, 2.0], "each, classes weighted as the study"),
    ):
        declared = {"metric": {"k": 7, "class_weights": weights}}
        ranked = ranked_images(results)
        assert words in said(Results(ranked.name, ranked.runs, ranked.epochs, declared))
