"""The verdict: its parts, its text, and that the words follow the numbers whatever happened."""

import json
import re
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as given_any
from hypothesis import strategies as st

from spectrum.errors import DefinitionError
from spectrum.report.verdict.verdict import Verdict, verdict
from spectrum.results.results import Results

Make = Callable[..., Results]
STATUS = st.sampled_from(["complete"] * 6 + ["diverged", "failed", "running", "missing"])


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def flat(said: Verdict) -> str:
    return re.sub(r"\s+", " ", said.text)


def test_how_far_the_study_is(study: Make, unfinished: Results, altered: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=3)
    assert verdict(results).progress == "all 6 confirmation runs have ended."
    assert verdict(altered(results, "4", [0], "failed")).progress == "5 of 6 confirmation runs have ended."
    assert verdict(unfinished).progress == "134 of 140 confirmation runs have ended so far."
    assert verdict(study(truth={"1": 0.9}, seeds=1)).progress == "1 of 1 confirmation run has ended."


def test_the_text_has_the_groups_the_caveats_and_the_methods(unfinished: Results) -> None:
    said = verdict(unfinished)
    parts = str(said).split("\n\n")
    assert parts[0] == "fashion-mnist: 134 of 140 confirmation runs have ended so far."
    heads = [part.splitlines()[0] for part in parts[1:]]
    points = "(7 points, 8 to 10 seeds each)"
    assert heads == [
        f"100 k params, 3 M MACs {points}", f"400 k params, 12 M MACs {points}", "Caveats", "Methods",
    ]  # fmt: skip
    for _, sentences in said.groups:
        assert all(sentence in flat(said) for sentence in sentences)
    assert all(sentence in flat(said) for sentence in (*said.caveats, *said.methods))
    assert repr(said) == str(said)


def test_a_study_without_caveats_has_no_such_section(study: Make) -> None:
    said = verdict(study(truth={"1": 0.9, "4": 0.9}, seeds=3))
    assert said.caveats == []
    assert "Caveats" not in said.text


def test_lines_break_between_words_and_keep_to_eighty_columns(study: Make) -> None:
    text = verdict(study(seeds=5, name="a-long-name-" * 12)).text
    assert max(len(line) for line in text.splitlines() if " " in line.strip()) <= 80
    assert not re.search(r"\d\n\s*%", text)


def test_it_is_judged_as_asked(study: Make) -> None:
    said = verdict(study(seeds=6), alpha=0.1, margin=0.01, interval="bootstrap")
    criteria = said.findings.criteria
    assert (criteria.alpha, criteria.margin, criteria.interval) == (0.1, 0.01, "bootstrap")
    assert "90% intervals" in flat(said)
    with pytest.raises(DefinitionError, match=r"use 0.05"):
        verdict(study(seeds=2), alpha=5)
    with pytest.raises(DefinitionError, match=r"results of verdict is a Results, got 'digits'"):
        verdict("digits")  # type: ignore[arg-type]


def test_numbers_are_json(unfinished: Results, study: Make) -> None:
    for results in (unfinished, study(seeds=1)):
        said = verdict(results)
        again = json.loads(json.dumps(said.numbers(), allow_nan=False))
        assert again["name"] == results.name
        assert again["text"] == str(said)
        assert again["caveats"] == said.caveats
        assert len(again["groups"]) == len(said.groups)


def test_the_table_is_a_copy(study: Make) -> None:
    said = verdict(study(seeds=3))
    table = said.table()
    table["mean"] = 0.0
    assert said.table()["mean"].gt(0.9).all()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given_any(
    points=st.lists(st.sampled_from(["plain", "1", "2", "8", "depthwise"]), min_size=1, max_size=5, unique=True),
    seeds=st.integers(1, 5),
    data=st.data(),
)
def test_whatever_happened_the_words_follow_the_numbers(
    points: list[str], seeds: int, data: st.DataObject, study: Make
) -> None:
    results = study(truth=dict.fromkeys(points, 0.9), seeds=seeds, trials=1)
    runs = results.runs.copy()
    confirm = runs["phase"] == "confirm"
    size = int(confirm.sum())
    status = data.draw(st.lists(STATUS, min_size=size, max_size=size))
    score = data.draw(st.lists(st.sampled_from([0.0, 0.1, 0.9, 0.91, 0.92, 1.0]), min_size=size, max_size=size))
    runs.loc[confirm, "status"] = status
    runs.loc[confirm, "test_top1"] = [
        s if done == "complete" else np.nan for s, done in zip(score, status, strict=True)
    ]
    said = verdict(Results("any-" + "name" * 30, runs))
    (group,) = said.findings.groups
    assert all(len(line) <= 80 for line in said.text.splitlines() if not line.startswith("any-"))
    assert bool(re.search(r"[Tt]he (best|better) of the", flat(said))) == group.separated
    assert ("plateau" in said.text) == group.plateau
    assert ("so far" in said.text) == (not said.findings.finished)
    assert group.leader is None or group.leader in group.contenders
    assert not any(value != value for value in group.probabilities.values())
    json.dumps(said.numbers(), allow_nan=False)
