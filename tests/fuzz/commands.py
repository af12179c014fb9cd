"""Cases that run the command `spectrum` with files around it, in this process or in one of its own."""

import io
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from random import Random
from unittest.mock import patch

from spectrum.__main__ import main
from tests.fuzz import files, odd
from tests.fuzz.watch import Fault, check_sentence

PATIENCE = 240.0
"""Seconds that a process may take, on however busy a machine."""

CODES = (0, 1, 2, 3)
INTERRUPTED = 130
WORDS = [
    "small",
    "xception",
    "digits",
    "nothing",
    "",
    "-",
    "--",
    "-h",
    "--help",
    "--json",
    "--nonsense",
    "[/b]",
    "x" * 3000,
    "\udcff",
]
OPTIONS = {
    "count": ["--image", "--segments", "--classes", "--layers", "--measure", "--json"],
    "plan": ["--json"],
    "run": ["--workers", "--storage", "--quiet"],
    "status": ["--json"],
    "plot": ["--figure", "--out", "--format"],
    "report": ["--out", "--json"],
    "networks": ["--json"],
    "data": ["--json"],
    "predict": ["--point", "--seed", "--budget", "--json"],
    "rerun": ["--point", "--seed", "--budget"],
}
VALUES = {
    "--image": [
        "1x8x8",
        "3x32x32",
        "1x1x1",
        "0x0x0",
        "8x8",
        "axbxc",
        "²x8x8",
        "1x99999999999x8",
        "-1x8x8",
        "9" * 5000 + "x8x8",
    ],
    "--segments": ["1", "4", "depthwise", "plain", "3+5", "0", "-1", "1.5", "9" * 5000, "+", "", "٣"],
    "--classes": ["2", "10", "1", "0", "-5", "x", "9" * 30],
    "--figure": ["all", "budget_match", "nothing", ""],
    "--format": ["png", "svg", "exe", "", "../x"],
    "--out": ["out", "out/a/b", ".", "/dev/null/x", "x.html"],
    "--workers": ["1", "0", "-1", "x", "1e3"],
    "--storage": ["", "x", "sqlite:///x/y/z.db", "postgresql://u:secret@127.0.0.1:9/x", "://", "sqlite://"],
}


def case(random: Random, folder: Path) -> None:
    """One command line."""
    arguments = command(random, folder)
    if random.random() < 0.03:
        _in_a_process(random, arguments)
    elif arguments[:1] != ["run"]:  # it starts processes of its own
        _here(arguments)


def command(random: Random, folder: Path) -> list[str]:
    """A command with its options, on a file or a folder that suits it or does not."""
    name = random.choice([*OPTIONS, "count", "plan", "report", odd.name(random)])
    arguments = [name]
    subject = {
        "count": lambda: random.choice(["small", str(files.network_file(random, folder))]),
        "plan": lambda: str(files.study(random, folder)),
        "run": lambda: str(files.study(random, folder)),
        "data": lambda: random.choice(
            ["digits", str(random.choice([files.archive, files.image_folder])(random, folder))]
        ),
    }.get(name, lambda: files.results_folder(random, folder).name)
    if random.random() < 0.9:
        arguments.append(subject() if random.random() < 0.85 else random.choice(WORDS))
    for option in random.sample(OPTIONS.get(name, []), random.randint(0, len(OPTIONS.get(name, [])))):
        arguments.append(option)
        if option in VALUES and random.random() < 0.95:
            arguments.append(random.choice(VALUES[option]))
    if random.random() < 0.1:
        arguments.insert(random.randrange(len(arguments) + 1), random.choice(WORDS))
    return arguments


def _here(arguments: list[str]) -> None:
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    code: object = 0
    with (
        files.quick_study_files(),
        redirect_stdout(out),
        redirect_stderr(err),
        patch.object(sys, "argv", ["spectrum", *arguments]),
    ):
        try:
            main()
        except SystemExit as stop:
            code = stop.code
    _check(arguments, code or 0, *(stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err)))


def _in_a_process(random: Random, arguments: list[str]) -> None:
    """The same in a process, whose standard output may be full or nobody's."""
    where = random.choice(["pipe", "pipe", "full", "closed"])
    full = os.open("/dev/full", os.O_WRONLY)
    read, write = os.pipe()
    os.close(read)
    outputs = {"pipe": subprocess.PIPE, "full": full, "closed": write}
    process = subprocess.Popen(
        [sys.executable, "-m", "spectrum", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=outputs[where],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    for descriptor in (full, write):
        os.close(descriptor)
    signal.setitimer(signal.ITIMER_REAL, 2 * PATIENCE)
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Fault(f"`spectrum {arguments[0]}` in a process does not end") from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if where == "closed" and process.returncode == 1 and not err:
        return
    _check(arguments, process.returncode, (out or b"").decode("utf-8", "replace"), err.decode("utf-8", "replace"))


def _check(arguments: list[str], code: object, out: str, err: str) -> None:
    """Exit code, at most one line on stderr beside progress, no traceback."""
    call = " ".join(map(ascii, arguments))[:500]
    name = arguments[0] if arguments[0] in OPTIONS else "nonsense"
    if "Traceback (most recent call last)" in out + err or "Exception ignored" in err:
        raise Fault(f"traceback of `{name}`: {_last(err)}\n{call}\n{err[-1500:]}")
    if code not in CODES and not (code == INTERRUPTED and "KeyboardInterrupt" in call):
        raise Fault(f"exit code {code!r} of `{name}`\n{call}\n{err[-1500:]}")
    lines = [line for line in err.splitlines() if line.strip()]
    if name != "run" and len(lines) > 1:
        raise Fault(f"{len(lines)} lines on stderr of `{name}`: {lines[0][:80]}\n{call}\n{err[-1500:]}")
    if code and not lines:
        raise Fault(f"exit code {code!r} of `{name}` without a word\n{call}\n{out[-500:]}")
    if lines:
        verdict, detail = check_sentence(lines[-1])
        if verdict != "fine":
            raise Fault(f"{verdict}: `{name}`\n{call}\n{detail}")


def _last(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1][:100]
