"""What the benchmarks compare is the same: networks with the same parameters, blocks with the same outputs."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from scipy import stats
from torch import nn

import spectrum as sp
from spectrum.architecture.layers import Node
from spectrum.search.study_file import read_study

ROOT = Path(__file__).parents[1]


def benchmark(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A script of the folder, imported but not run."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", ROOT / "benchmarks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, f"benchmarks_{name}", module)
    spec.loader.exec_module(module)
    return module


def trained(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def test_the_plain_script_has_the_networks_of_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    script, study = benchmark("plain_script", monkeypatch), benchmark("study", monkeypatch)
    points = {point.label: point.match for point in sp.plan(read_study(ROOT / "studies" / "fashion_mnist.py")).points}
    for label, match in points.items():
        plain = script.network(match.network.segments, study.widths(match.network))
        assert trained(plain) == match.cost.params
        assert plain(torch.zeros(2, 1, 28, 28)).shape == (2, 10)
        if label in script.POINTS:
            assert script.POINTS[label] == (match.network.segments, study.widths(match.network))


def test_a_plain_xception_has_the_parameters_of_the_paper_and_its_macs(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = benchmark("counting", monkeypatch)
    plain = counting.plain_xception().eval()
    assert trained(plain) == 22_855_952
    assert counting.fvcore_macs(plain, counting.XCEPTION) == sp.count(sp.networks.xception()).macs == 8_357_403_496


def test_what_is_counted_is_new_and_nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = benchmark("counting", monkeypatch)
    sp.count(sp.networks.xception())
    seen = []
    for _ in range(2):
        call = counting.of_new_layers(lambda layers: (layers, sp.count(layers, counting.XCEPTION)))
        seen.append(call()()[0])
        assert counting.runs.cache_info().misses > 0
    assert seen[0] is not seen[1]
    assert all(one is not other for one, other in zip(parts(seen[0]), parts(seen[1]), strict=True))


def parts(node: Node) -> list[Node]:
    return [node, *(part for _, child in getattr(node, "children", ()) for part in parts(child))]


def test_a_block_is_the_same_function_in_plain_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = benchmark("blocks", monkeypatch)
    images = torch.randn(2, 16, 6, 6).to(memory_format=torch.channels_last)
    for segments in (1, 4, 16):
        own, plain = sp.GroupedSeparable(16, 16, segments=segments), blocks.native(16, segments)
        for mine, other in zip(own.parameters(), plain.parameters(), strict=True):
            other.data.copy_(mine.data)
        torch.testing.assert_close(own(images), plain(images), rtol=1e-4, atol=1e-5)


def test_a_roofline_is_the_slower_of_arithmetic_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    module = benchmark("roofline", monkeypatch)
    machine = module.Roofline(flops=100.0, bytes=10.0)
    assert machine.seconds(macs=500, moved=20) == 10
    assert machine.seconds(macs=50, moved=20) == 2
    assert min(module.roofline(torch.float32, repeats=1)) > 0


def test_the_limit_of_a_run_is_its_arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    study = benchmark("study", monkeypatch)
    data = sp.data.load("digits")
    recipe = sp.Recipe(epochs=2, batch=100)
    machine = study.Roofline(flops=1e9, bytes=1.0)
    steps = len(data.train) // 100
    macs = 2 * (3 * 100 * steps + len(data.validation)) * 5000
    assert study.limit(5000, data, recipe, machine) == pytest.approx(2 * macs / 1e9)


def test_the_interval_of_a_difference_between_precisions(monkeypatch: pytest.MonkeyPatch) -> None:
    differences = [0.001, -0.002, 0.004, 0.0]
    low, high = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    text = benchmark("precision", monkeypatch).in_points(differences)
    assert text == f"+0.07 ({100 * low:+.2f} to {100 * high:+.2f})"


@pytest.mark.slow
def test_a_worker_trains_on_some_images_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    workers = benchmark("workers", monkeypatch)
    threads = torch.get_num_threads()
    try:
        assert workers.images_a_second(str(ROOT / "studies" / "digits.py"), "8", 1, 0.2) > 0
    finally:
        torch.set_num_threads(threads)
