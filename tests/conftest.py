"""What all tests share: one thread each, since they run beside each other; and studies made up from a seed."""

import hashlib
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import settings

from spectrum.results.columns import EPOCHS, RUNS
from spectrum.results.results import Results

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

SEGMENTS = ("plain", "1", "2", "4", "8", "16", "depthwise")
TRUTH = dict(zip(SEGMENTS, (0.9170, 0.9188, 0.9214, 0.9228, 0.9230, 0.9221, 0.9182), strict=True))
SMALL, LARGE = (100_000, 3_000_000), (400_000, 12_000_000)
LR = (0.02, 0.5)


def key_of(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def budget_name(params: int, macs: int) -> str:
    return f"{params // 1000} k params, {macs // 1_000_000} M MACs"


def point_row(segments: str, cost: tuple[int, int], rng: np.random.Generator, **factors: Any) -> dict[str, Any]:
    params, macs = cost
    errors = rng.uniform(-0.008, 0.008, 2)
    redundant = {"plain": 0.0, "depthwise": 0.002}.get(segments, 0.1 / max(1, len(segments)))
    return {
        "segments": segments, "order": "pointwise-first", "intermediate": "none", "residual": True, "hidden": "none",
        "budget": budget_name(*cost), "budget_params": params, "budget_macs": macs, "tolerance": 0.01,
        "params": round(params * (1 + errors[0])), "macs": round(macs * (1 + errors[1])),
        "activations": round(macs / 100 * (1.4 if segments == "depthwise" else 1.0)),
        "effective_params": round(params * (1 - redundant)),
        "params_error": errors[0], "macs_error": errors[1],
        "scale": rng.uniform(0.8, 1.6), "distortion": rng.uniform(1.0, 1.2),
        "saturated": 2 if segments == "16" else 0,
        "segment_width": {"plain": 80.0, "depthwise": 1.0}.get(segments) or 64 / int(segments),
        "chance": 0.1, "weight_decay": 5e-4,
        "lr_low": LR[0], "lr_high": LR[1], "weight_decay_low": None, "weight_decay_high": None,
        "error": "", "epochs": 0,
    } | factors  # fmt: skip


def scored(row: dict[str, Any], accuracy: float, step: float) -> dict[str, Any]:
    return row | {
        "status": "complete", "epochs": 15, "validation_top1": min(accuracy + 0.003, 1.0),
        "validation_cross_entropy": 2.5 * (1 - accuracy), "test_top1": accuracy,
        "test_top5": 1 - (1 - accuracy) / 40, "test_cross_entropy": 2.6 * (1 - accuracy),
        "step_seconds": step, "train_seconds": step * 422 * 15,
    }  # fmt: skip


def step_seconds(segments: str, budget: tuple[int, int]) -> float:
    shape = {"plain": 1.0, "1": 1.15, "2": 1.1, "4": 1.0, "8": 0.9, "16": 1.05, "32": 1.3, "depthwise": 0.7}
    return 0.055 * shape.get(segments, 1.0) * (budget[1] / 3e6) ** 0.8


def epoch_rows(run: Mapping[str, Any], rng: np.random.Generator, epochs: int = 15) -> list[dict[str, Any]]:
    rows, final = [], float(run["validation_top1"])
    for epoch in range(1, epochs + 1):
        gap = 0.16 * np.exp(-epoch / 4.0) + rng.normal(0, 0.006) * (1 - epoch / epochs)
        accuracy = float(np.clip(final - gap + 0.16 * np.exp(-epochs / 4.0), 0, 1))
        lr = float(run["lr"]) * 0.5 * (1 + np.cos(np.pi * (epoch - 1) / epochs))
        loss = 2.4 * (1 - accuracy) + rng.normal(0, 0.004)
        rows.append({"key": run["key"], "epoch": epoch, "lr": lr, "train_loss": loss - 0.01 * epoch,
                     "validation_loss": loss, "validation_top1": accuracy, "seconds": 23.0})  # fmt: skip
    return rows


def make(
    *,
    truth: Mapping[str, float] = TRUTH,
    budgets: Iterable[tuple[int, int]] = (SMALL,),
    seeds: int = 5,
    trials: int = 4,
    sd: float = 0.002,
    seed_sd: float = 0.001,
    seed: int = 0,
    name: str = "made-up",
    **factors: Any,
) -> Results:
    """A finished study: accuracy = truth + an effect of the seed (shared by all points) + noise."""
    rng = np.random.default_rng(seed)
    runs, epochs = [], []
    for budget in budgets:
        shared = rng.normal(0, seed_sd, seeds)
        lift = 0.008 * np.log2(budget[0] / SMALL[0])
        for order, (segments, accuracy) in enumerate(truth.items()):
            row = point_row(segments, budget, rng, **factors)
            row["point"] = segments
            step = step_seconds(segments, budget)
            best = 0.05 * 1.25**order
            for trial in range(trials):
                lr = float(np.exp(rng.uniform(*np.log(LR)))) if trial else best
                tuned = accuracy - 0.01 * np.log(lr / best) ** 2 + rng.normal(0, 0.001)
                key = key_of(name, budget, segments, sorted(factors.items()), "tune", trial)
                runs.append(scored(row, tuned, step) | {"test_top1": None, "test_top5": None,
                            "test_cross_entropy": None, "key": key, "phase": "tune", "trial": trial,
                            "seed": 1000, "lr": lr})  # fmt: skip
            for s in range(seeds):
                got = accuracy + lift + shared[s] + rng.normal(0, sd)
                got = float(np.clip(round(got * 10_000) / 10_000, 0, 1))
                key = key_of(name, budget, segments, sorted(factors.items()), "confirm", s)
                run = scored(row, got, step * rng.uniform(0.97, 1.03))
                runs.append(run | {"key": key, "phase": "confirm", "seed": s, "lr": best, "trial": None})
                epochs += epoch_rows(runs[-1], rng)
    return Results(
        name=name,
        runs=pd.DataFrame(runs, columns=list(RUNS)),
        epochs=pd.DataFrame(epochs, columns=list(EPOCHS)),
        study={"name": name, "seeds": seeds, "segments": list(truth)},
    )


def change(results: Results, segments: str, seeds: Iterable[int], status: str, error: str = "") -> Results:
    """The same results, but for the runs of some seeds at one point, which ended otherwise (or not yet)."""
    runs = results.runs.copy()
    rows = (runs["segments"] == segments) & (runs["phase"] == "confirm") & runs["seed"].isin(list(seeds))
    runs.loc[rows, ["status", "error"]] = [status, error]
    empty = ["validation_top1", "validation_cross_entropy", "test_top1", "test_top5", "test_cross_entropy"]
    runs.loc[rows, empty] = float("nan")
    if status in ("missing", "failed"):
        runs.loc[rows, ["step_seconds", "train_seconds"]] = float("nan")
        runs.loc[rows, "epochs"] = 0
    gone = results.epochs["key"].isin(runs.loc[rows, "key"])
    return Results(results.name, runs, results.epochs[~gone], results.study)


def scores(table: Mapping[str, Iterable[float]], **options: Any) -> Results:
    """Results whose test accuracies are exactly those given, one list of seeds for each segments value."""
    values = {segments: list(column) for segments, column in table.items()}
    results = make(truth=dict.fromkeys(values, 0.5), seeds=max(map(len, values.values())), **options)
    runs = results.runs.copy()
    for segments, column in values.items():
        for s, value in enumerate(column):
            row = (runs["segments"] == segments) & (runs["phase"] == "confirm") & (runs["seed"] == s)
            runs.loc[row, "test_top1"] = value
    return Results(results.name, runs, results.epochs, results.study)


def by_map(results: Results, k: int = 100) -> Results:
    """The same scores as those of a study whose images show several classes, as MAP@k."""
    names = {"validation_top1": "validation_map", "test_top1": "test_map"}
    runs = results.runs.drop(columns=["test_top5", "chance"]).rename(columns=names)
    epochs = results.epochs.rename(columns=names)
    metric = {"k": k, "class_weights": "frequency"}
    return Results(results.name, runs, epochs, {**results.study, "metric": metric})


@pytest.fixture
def ranked_images() -> Callable[..., Results]:
    return by_map


@pytest.fixture
def study() -> Callable[..., Results]:
    return make


@pytest.fixture
def altered() -> Callable[..., Results]:
    return change


@pytest.fixture
def given() -> Callable[..., Results]:
    return scores


@pytest.fixture(scope="session")
def unfinished() -> Results:
    """Seven points, two budgets, ten seeds: one run diverged, one failed, four not made yet."""
    results = make(budgets=(SMALL, LARGE), seeds=10, trials=8, name="fashion-mnist")
    results = change(results, "1", [3], "diverged")
    results = change(results, "16", [7], "failed", "DataError: <labels> & images differ in number")
    return change(results, "depthwise", [8, 9], "missing")


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_stops_children() -> None:
    """Where a shell runs the tests in the background, they and all that they start would ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def keras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Keras on torch, with its settings in a folder that goes away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        yield pytest.importorskip("keras")


def pytest_runtest_setup() -> None:
    """The same numbers in every order of the tests."""
    torch.manual_seed(0)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
