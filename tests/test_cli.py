"""The command line: exact numbers, tables of 80 columns, JSON, exit codes, errors in one sentence."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from spectrum import __main__, __version__, cli
from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.networks import small
from spectrum.architecture.processor import processor
from spectrum.cost.closed_form import count
from spectrum.network_argument import kernel_costs_in
from spectrum.results.results import load

STUDIES = Path(__file__).parents[1] / "studies"

TINY = """
import spectrum as sp

STUDY = sp.Study(
    name="tiny",
    network=sp.networks.small(classes=10, stem_stride=1),
    segments=(1, 4, sp.DEPTHWISE),
    budget=sp.Budget(params=5_000, macs=50_000, tolerance=0.05),
    data="digits",
    recipe=sp.Recipe(epochs={epochs}, batch=128),
    tune=sp.Tune(trials=4, lr=(0.02, 0.5), epochs=1),
    seeds=3,
)
"""

Call = Callable[..., tuple[int, str, str]]
NAMES = ["count", "show", "plan", "run", "status", "plot", "report", "networks", "data", "predict", "export", "rerun"]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Call:
    """Run `spectrum` with some arguments in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "binary.json").write_bytes(b"\xff")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "imageless.json").write_text(small(5).replace(image=None).to_json())
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("SPECTRUM_RUNS", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["spectrum", *arguments])
        with pytest.raises(SystemExit) as stop:
            __main__.main()
        code = stop.value.code
        out, err = capsys.readouterr()
        return int(code or 0), out, err

    return run


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    """A study file of a few seconds."""
    path = tmp_path / "tiny.py"
    path.write_text(TINY.format(epochs=1))
    return str(path)


def test_count_prints_the_published_numbers(call: Call) -> None:
    code, out, _ = call("count", "xception", "--image", "3x299x299")
    assert code == 0
    for number in ("22,855,952", "8,357,403,496", "16,714,806,992"):
        assert number in out


def test_count_measures_the_same(call: Call) -> None:
    _, out, _ = call("count", "small", "--image", "1x28x28", "--segments", "3", "--measure", "--json")
    costs = json.loads(out)
    for quantity in ("params", "macs", "flops", "activations"):
        assert costs["closed form"][quantity] == costs["fvcore"][quantity]


def test_layers_add_up_to_the_network(call: Call) -> None:
    _, out, _ = call("count", "small", "--image", "1x28x28", "--layers", "--json")
    cost = json.loads(out)["closed form"]
    assert sum(layer["macs"] for layer in cost["layers"]) == cost["macs"]
    _, table, _ = call("count", "small", "--image", "1x28x28", "--layers")
    assert "features.2.body.conv1.spatial" in table


def test_count_reads_a_spec_with_the_image_that_it_says(call: Call, tmp_path: Path) -> None:
    network = small(5, stem_stride=1).replace(image=(2, 16, 16))
    (tmp_path / "net.json").write_text(network.to_json())
    for arguments, image in (((), (2, 16, 16)), (("--image", "1x28x28"), (1, 28, 28))):
        _, out, _ = call("count", "net.json", *arguments, "--json")
        cost = count(network, image)
        found = json.loads(out)["closed form"]
        assert (found["params"], found["macs"]) == (cost.params, cost.macs)


def test_tuned_kernels_are_those_of_this_machine(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    costs = KernelCosts(processor=processor(), fp32=(4.4, 24.2))
    monkeypatch.setattr("spectrum.cost.tuned_kernels.tune_kernels", lambda *, on_progress: costs)
    code, out, _ = call("tune-kernels", "--out", "mine.json")
    assert (code, kernel_costs_in(tmp_path / "mine.json")) == (0, costs)
    assert out == (
        f"mine.json: kernels of this processor ({processor()}); use them with `spectrum run STUDY.py --kernels "
        "mine.json`\n"
    )


def test_plan_shows_every_point_within_its_budget(call: Call) -> None:
    code, out, _ = call("plan", str(STUDIES / "fashion_mnist.py"), "--json")
    rows = json.loads(out)
    assert code == 0
    assert [row["segments"] for row in rows] == ["plain", "1", "2", "4", "8", "16", "32", "depthwise"]
    assert all(abs(row["params_error"]) < 0.01 and abs(row["macs_error"]) < 0.01 for row in rows)


@pytest.mark.parametrize(
    "arguments",
    [
        ("count", "xception", "--layers"),
        ("count", "xception", "--image", "3x299x299", "--measure"),
        ("plan", str(STUDIES / "fashion_mnist.py")),
        ("plan", str(STUDIES / "digits.py")),
        ("networks",),
        ("data",),
        ("--help",),
        *((name, "--help") for name in NAMES),
    ],
)
def test_everything_fits_80_columns(call: Call, arguments: tuple[str, ...]) -> None:
    code, out, _ = call(*arguments)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("name", NAMES)
def test_every_help_shows_an_example(call: Call, name: str) -> None:
    _, out, _ = call(name, "--help")
    assert f"spectrum {name}" in out.split("Example")[1]


def test_show_writes_a_diagram(call: Call, tmp_path: Path) -> None:
    assert call("show", "small", "--segments", "4") == (0, "small.svg\n", "")
    assert "3x3 conv, 4 segments of" in (tmp_path / "small.svg").read_text()
    assert call("show", "extreme", "--image", "8x6x6", "--together", "--out", "four.svg") == (0, "four.svg\n", "")
    assert "3x3 conv, 192 segments of 1" in (tmp_path / "four.svg").read_text()


def test_the_table_of_data_says_which_show_several_classes(call: Call) -> None:
    head, *rows = call("data")[1].splitlines()
    assert head.split("  ")[-1].strip() == "test"
    several = {row.split()[0]: row.split()[3] for row in rows}
    assert several["digits"] == "one"
    assert several["digits-mosaic"] == several["fashion-mnist-mosaic"] == "several"


def test_data_reads_a_set(call: Call) -> None:
    code, out, _ = call("data", "digits", "--json")
    assert code == 0
    assert json.loads(out) == [
        {
            "name": "digits",
            "image": [1, 8, 8],
            "classes": 10,
            "train": 1295,
            "validation": 143,
            "test": 359,
            "multi_label": False,
        }
    ]


ERRORS = [
    (("count", "xcepton"), "there is no network 'xcepton'; did you mean 'xception'? known: inception_v3, mobilenet, "),
    (("count", "net.json"), "there is no network file 'net.json'; did you mean 'deep.json'? known: binary.json, "),
    (
        ("count", "imageless.json"),
        "imageless.json does not say which images it is made for; add for example --image 3x32x32",
    ),
    (
        ("count", "deep.json"),
        "a Network is read from JSON, got text that is nested too deeply; write it with to_json()",
    ),
    (
        ("count", "small", "--image", "28x28"),
        "an image is channels x height x width, got '28x28'; use for example 3x299x299",
    ),
    (
        ("count", "small", "--segments", "0"),
        "segments are a positive integer, 'depthwise', 'plain' or a tuple of positive widths, got 0; "
        "use for example 4 or sp.DEPTHWISE",
    ),
    (
        ("plan", "nothing.py"),
        "there is no study file 'nothing.py'; give the path of a Python file with STUDY = sp.Study(...)",
    ),
    (("count", "binary.json"), "a network file is UTF-8 text, got other bytes in binary.json: "),
    (("status", "nothing"), "nothing"),
    (("report", "nothing"), "nothing"),
    (("plot", "nothing"), "nothing"),
    (("data", "mnist"), "there is no data set 'mnist'; did you mean"),
    (
        ("show", "nope"),
        "there is no network, or module of a figure, 'nope'; use one of canonical, extreme, inception_v3, mobilenet, "
        "reformulated, resnet152, resnet50, resnext101, resnext50, simplified, small, vgg16, xception",
    ),
    (("show", "extrem"), "there is no network, or module of a figure, 'extrem'; did you mean 'extreme'? known: "),
    (
        ("show", "mynet:resnet", "--image", "1x8x8"),
        "what is drawn is a network of this library or a module of a figure, got mynet:resnet, a model of one's own, "
        "which is code and cannot be drawn; `spectrum count mynet:resnet --image 1x8x8 --layers` lists its layers",
    ),
    (("show", "mynet:resnet"), "`spectrum count mynet:resnet --image 3x224x224 --layers` lists its layers"),
    (("show", "imageless.json"), "this network does not say what images it takes; give image="),
    (("show", "small", "--out", "net.png"), "a diagram is saved as SVG, got 'net.png'; use a name that ends in .svg"),
    (
        ("show", "extreme", "--segments", "4"),
        "the segments and classes of extreme are fixed, got --segments or --classes; leave them out",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), ERRORS)
def test_an_error_is_one_sentence_on_stderr(call: Call, arguments: tuple[str, ...], message: str) -> None:
    code, out, err = call(*arguments)
    assert code == 1
    assert out == ""
    assert err.startswith("spectrum: ")
    assert message in err
    assert "Traceback" not in err
    assert err.count("\n") == 1


def test_debug_shows_the_traceback() -> None:
    done = subprocess.run([sys.executable, "-m", "spectrum", "--debug", "count", "x"], capture_output=True, text=True)
    assert "Traceback" in done.stderr
    assert "DefinitionError" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_output_that_cannot_be_written_is_said_in_a_sentence() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "spectrum", "networks", "--json"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr.startswith("spectrum: cannot read or write: [Errno 28] ")
    assert done.stderr.count("\n") == 1


def test_ctrl_c_while_loading_is_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", interrupted)
    with pytest.raises(SystemExit) as stop:
        __main__.main()
    assert stop.value.code == 130
    assert capsys.readouterr() == ("", "")


def test_a_storage_that_is_no_address_is_refused(call: Call, tiny: str) -> None:
    code, _, err = call("run", tiny, "--storage", "")
    assert code == 1
    assert "a storage is an Optuna URL such as sqlite:///runs.db, got text without '://'" in err


WRONG_CALLS = [
    (("count",), "missing argument 'network'; see `spectrum count --help`"),
    (("nonsense",), "no such command 'nonsense'; see `spectrum --help`"),
    (("plan", "--nonsense"), "no such option: --nonsense; see `spectrum plan --help`"),
    (("plan", "a", "b"), "got unexpected extra argument(s) (b); see `spectrum plan --help`"),
    (("run", "a", "--workers", "x"), "invalid value for '--workers': "),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG_CALLS)
def test_a_wrong_call_exits_with_2_and_a_sentence(call: Call, arguments: tuple[str, ...], message: str) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"spectrum: {message}")
    assert err.count("\n") == 1


def test_without_arguments_it_says_what_there_is(call: Call) -> None:
    assert call() == call("--help")
    assert call()[0] == 0


def test_the_version(call: Call) -> None:
    assert call("--version") == (0, f"spectrum {__version__}\n", "")


def test_a_reader_who_leaves_is_no_error() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "spectrum", "networks", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert err == b""
    assert process.returncode == 1


@pytest.mark.slow
def test_a_study_from_plan_to_report(call: Call, tiny: str, tmp_path: Path) -> None:
    code, out, err = call("run", tiny, "--workers", "2")
    assert code == 0
    assert "21/21" in err  # 3 points of 2 trials and 3 seeds, a line each where there is no terminal
    results = load(tmp_path / "runs" / "tiny")
    assert (results.runs["status"] == "complete").sum() == 21

    code, again, err = call("run", tiny)
    assert (code, again) == (0, out)  # nothing is run twice
    assert "complete" not in err

    code, status, _ = call("status", "tiny", "--json")
    assert json.loads(status)[0]["confirm"]["complete"] == 9
    assert max(map(len, call("status")[1].splitlines())) <= 80

    code, report, _ = call("report", "tiny")
    assert code == 0
    assert (tmp_path / "runs" / "tiny" / "report.html").stat().st_size > 10_000
    assert max(map(len, report.splitlines())) <= 80
    assert "depthwise" in report
    assert len(json.loads(call("report", "tiny", "--json")[1])["points"]) == 3

    code, figures, _ = call("plot", "tiny", "--figure", "accuracy_vs_segments", "--format", "pdf")
    assert code == 0
    assert Path(figures.strip()).read_bytes().startswith(b"%PDF")
    assert call("plot", "tiny", "--figure", "acuracy_vs_segments")[0] == 1

    Path(tiny).write_text(TINY.format(epochs=2))
    code, _, err = call("run", tiny)
    assert code == 1
    assert "recipe.epochs" in err


@pytest.mark.slow
def test_ctrl_c_stops_cleanly(tiny: str, tmp_path: Path) -> None:
    Path(tiny).write_text(TINY.format(epochs=60))
    command = [sys.executable, "-m", "spectrum", "run", tiny]
    environment = {**os.environ, "SPECTRUM_RUNS": str(tmp_path / "runs")}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    checkpoints = tmp_path / "runs" / "tiny" / "checkpoints"
    while process.poll() is None and not list(checkpoints.glob("*.pt")):
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"stopped; what is done is kept, and `spectrum run {tiny}` goes on from there" in err
    assert "Traceback" not in err


OWN_MODEL = "tests.rewriting.own_models:small"


def test_count_takes_any_importable_model(call: Call) -> None:
    code, out, _ = call("count", OWN_MODEL, "--image", "3x32x32", "--layers", "--json")
    cost = json.loads(out)["fvcore"]
    assert code == 0
    assert sum(layer["macs"] for layer in cost["layers"]) == cost["macs"] > 0
    assert sum(layer["params"] for layer in cost["layers"]) == cost["params"]
    _, table, _ = call("count", OWN_MODEL, "--image", "3x32x32", "--layers")
    assert "blocks.1.conv2" in table
    assert f"{cost['macs']:,}" in table
    assert max(map(len, table.splitlines())) <= 80


def test_count_rewrites_an_importable_model(call: Call) -> None:
    code, out, _ = call("count", OWN_MODEL, "--image", "3x32x32", "--segments", "4", "--json")
    costs = json.loads(out)
    assert code == 0
    assert costs["left"] == {}
    assert abs(costs["after"]["macs"] / costs["before"]["macs"] - 1) <= 0.01
    _, table, _ = call("count", OWN_MODEL, "--image", "3x32x32", "--segments", "4")
    assert "64>83>64" in table or "stem" in table
    assert "*: fewer channels than segments" in table
    words = " ".join(table.split())
    assert "params, MACs: of the layer before; off: how much more" in words
    assert (
        "bottleneck: 1 x 1, k x k over the segments, 1 x 1 spatial-first: k x k over the segments, 1 x 1; so" in words
    )
    assert "pointwise-first" not in words
    assert max(map(len, table.splitlines())) <= 80
    _, table, _ = call("count", OWN_MODEL, "--image", "3x32x32", "--segments", "4", "--layers")
    assert max(map(len, table.splitlines())) <= 80
    assert "ParameterList" not in table
    rows = [line.split() for line in table.splitlines()]
    assert [row for row in rows if row and row[0].endswith(".spatial")]


def test_count_rewrites_within_a_tolerance(call: Call) -> None:
    of = ("count", OWN_MODEL, "--image", "3x32x32", "--segments", "4", "--json")
    code, out, err = call(*of, "--tolerance", "1e-6")
    assert (code, out) == (1, "")
    assert "with -0.31% parameters and -0.31% MACs; raise the tolerance to 0.01" in err
    code, out, _ = call(*of, "--tolerance", "0.3")
    assert (code, json.loads(out)["left"]) == (0, {})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((OWN_MODEL,), "is counted for an image, and has the classes that it has, got no image; give for example"),
        ((OWN_MODEL, "--image", "3x32x32", "--classes", "5"), "and has the classes that it has, got classes; give"),
        (
            ("nowhere:model", "--image", "3x32x32"),
            "named by an import path 'package.module:function', got 'nowhere:model'",
        ),
        ((OWN_MODEL, "--image", "3x32x32", "--tolerance", "0.1"), "a tolerance is for a model of one's own that is"),
        (("small", "--segments", "4", "--tolerance", "0.1"), "is rewritten, got 0.1 without --segments, or for a"),
        ((OWN_MODEL, "--image", "3x32x32", "--segments", "4", "--tolerance", "2"), "is a fraction between 0 and 1"),
    ],
)
def test_what_is_no_importable_model_gets_a_sentence(call: Call, arguments: tuple[str, ...], message: str) -> None:
    code, _, err = call("count", *arguments)
    assert code == 1
    assert message in err
    assert len(err.splitlines()) == 1
