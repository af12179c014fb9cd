"""The report: one file that needs no other, safe to open, with everything that went wrong in it."""

import json
import re
from base64 import b64decode
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from spectrum.errors import StoreError
from spectrum.report.page.html_report import page, write_report
from spectrum.report.statistics.criteria import Criteria
from spectrum.report.statistics.findings import findings
from spectrum.report.verdict.verdict import verdict
from spectrum.results.results import Results

Make = Callable[..., Results]
VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """The elements of a page, with their text; complains of what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words = re.sub(r"\s+", " ", self.words + data + " ")


@pytest.fixture(scope="module")
def made(unfinished: Results) -> Page:
    return Page(page(unfinished))


def test_it_needs_nothing_from_elsewhere(made: Page) -> None:
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in made.tags}
    sources = [attrs["src"] for tag, attrs in made.tags if tag == "img"]
    assert len(sources) == 8  # two budgets, but no crossed factors and no race
    for source in sources:
        head, content = str(source).split(",")
        assert head == "data:image/svg+xml;base64"
        assert b64decode(content).lstrip().startswith(b"<?xml")
    assert not any("href" in attrs or ("style" in attrs and "url(" in str(attrs["style"])) for _, attrs in made.tags)


def test_the_verdict_stands_at_the_top(made: Page, unfinished: Results) -> None:
    said = verdict(unfinished)
    start = made.words[:2500]
    assert "fashion-mnist not finished 134 of 140 confirmation runs have ended so far." in start
    assert start.count("So far, ") == 2
    assert all(sentence in made.words for sentence in (*said.caveats, *said.methods))


def test_the_tables_hold_the_points(made: Page) -> None:
    assert re.search(r" 8 92\.33 92\.22-92\.45 92\.\d\d-92\.\d\d 10 0\.\d", made.words)
    assert re.search(r" 1 9[\d.]+ 9[\d.]+-9[\d.]+ 9[\d.]+-9[\d.]+ 9 of 10 \(1 diverged\)", made.words)
    assert re.search(r"depthwise 91\.86 91\.60-92\.11 91\.\d\d-92\.\d\d 8 of 10", made.words)
    assert re.search(r"plain 0\.05 0\.0\d+ 1\.0\d 0\.0\d 0\.02 to 0\.5 - 8 8 0 0 0 91\.88", made.words)


def test_every_difference_from_an_end_or_the_leader_has_its_interval(study: Make) -> None:
    results = study(truth={"1": 0.90, "4": 0.93, "8": 0.93}, seeds=5)
    (group,) = findings(results).groups
    each = group.difference("4", "1")
    assert each is not None
    words = Page(page(results)).words
    assert "difference from 1 (points) simultaneous interval" in words
    assert f"{100 * each.difference:+.2f} * {100 * each.low:+.2f} to {100 * each.high:+.2f} " in words
    assert "difference from depthwise" not in words


def test_what_each_point_costs(study: Make) -> None:
    costs = {"params": 99_500, "macs": 3_012_345, "params_error": -0.005, "macs_error": 0.004115, "saturated": 2}
    results = study(truth={"1": 0.9}, seeds=2, effective_params=64_000, activations=12_345, **costs)
    words = Page(page(results)).words
    assert " 1 99,500 -0.50% 64,000 3,012,345 +0.41% 12,345 2 " in words


def test_it_is_judged_by_the_criteria_of_the_findings(study: Make) -> None:
    found = findings(study(truth={"1": 0.9, "4": 0.9}, seeds=6), Criteria(alpha=0.1, margin=0.01, interval="bootstrap"))
    words = Page(page(found)).words
    assert "90% interval, the studentised bootstrap 90% interval, Student's t" in words
    assert "equivalent (within 1 point)" in words
    assert "simultaneous 90% intervals" in words


def test_runs_without_a_score_are_listed(made: Page) -> None:
    budget, head = "100 k params, 3 M MACs", "segments group runs"
    assert f"diverged {head} 1 {budget} 1 confirmation run (seed 3)" in made.words
    assert f"16 {budget} 1 confirmation run (seed 7) DataError: <labels> & images differ in number" in made.words
    assert f"missing {head} depthwise {budget} 2 confirmation runs (seeds 8 and 9)" in made.words


def test_what_a_user_wrote_is_escaped(study: Make, altered: Make) -> None:
    attack = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=2, name=attack, budget=f"$x^ {attack}")
    results = altered(results, "4", [1], "failed", attack)
    results = Results(attack, results.runs, results.epochs, {"name": attack, "note": "</pre><script>"})
    text = page(results)
    made = Page(text)
    assert "<script" not in text
    assert not any("onerror" in attrs for _, attrs in made.tags)
    assert made.words.count("<script>alert('x')</script>") >= 3


def test_the_definition_is_there(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=2)
    words = Page(page(results)).words
    assert re.sub(r"\s+", " ", json.dumps(results.study, indent=2)) in words


def test_a_finished_study_says_that_nothing_is_missing(study: Make) -> None:
    words = Page(page(study(truth={"1": 0.9, "4": 0.9}, seeds=3))).words
    assert "finished all 6 confirmation runs have ended." in words
    assert "None: every run ended with a score." in words


def test_before_anything_ran_it_can_be_read_all_the_same(study: Make) -> None:
    runs = study(truth={"1": 0.9, "4": 0.9}, seeds=2, trials=2).runs.copy()
    numbers = ["lr", "validation_top1", "validation_cross_entropy", "test_top1", "test_top5", "test_cross_entropy"]
    runs[[*numbers, "step_seconds", "train_seconds"]] = float("nan")
    runs["status"] = "missing"
    words = Page(page(Results("planned", runs))).words
    assert "not finished 0 of 4 confirmation runs have ended so far." in words
    assert "Nothing can be concluded yet" in words
    assert "training profiles need the epochs of confirmation runs, and 'planned' has none yet" in words
    assert "1 - - - 0 of 2 -" in words


def test_it_is_written_whole(study: Make, tmp_path: Path) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=2)
    path = write_report(results, tmp_path / "deep" / "report.html")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")


def test_where_it_cannot_be_written_it_says_so(study: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=2)
    monkeypatch.setattr("spectrum.report.page.html_report.page", lambda results: "<!doctype html>")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"report.html cannot be written"):
        write_report(results, tmp_path / "file" / "report.html")


def test_a_study_scored_by_map_says_so_everywhere(unfinished: Results, ranked_images: Make) -> None:
    results = ranked_images(unfinished, k=7)
    words = Page(page(results)).words
    assert "accuracy" not in words.lower()
    assert "top1" not in words
    for said in (
        "fashion-mnist: MAP@7 against segments", "mean test MAP@7 (%)", "best validation MAP@7 (%)",
        "MAP@7 against time", "MAP@7 against MACs",
        "MAP@7 is the mean over images of the average precision of the classes ranked highest for each, classes "
        "weighted by how often the train split shows them.",
    ):  # fmt: skip
        assert said in words
    assert "a mean test MAP@7 of" in words or "the highest mean test MAP@7 is" in words


def test_one_scored_by_accuracy_says_that(made: Page) -> None:
    assert "MAP" not in made.words
    assert "fashion-mnist: accuracy against segments" in made.words
    assert " Accuracy 100 k params" in made.words
    assert "segments mean test accuracy (%)" in made.words
    assert "best validation accuracy (%)" in made.words


def test_it_says_which_seeds_the_columns_of_an_extended_study_are_from(study: Make) -> None:
    results = study(truth={"1": 0.90, "4": 0.9001}, seeds=8)
    said = "Means and their intervals are over all seeds, P(best) and differences over the 5 seeds added last alone."
    assert said not in Page(page(results)).words
    assert said in Page(page(Results("more", results.runs, results.epochs, {"extended_from": [3]}))).words


def test_it_says_where_comparisons_leave_the_tuning_out(study: Make) -> None:
    said = "All comparisons are at the learning rates used: how far these are from the best is not known for every"
    tuned, not_tuned = (Page(page(study(truth={"1": 0.9, "4": 0.95}, seeds=3, trials=trials))) for trials in (8, 2))
    assert said in not_tuned.words
    assert said not in tuned.words
