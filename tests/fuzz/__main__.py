"""A seeded fuzzer: python -m tests.fuzz 10000 --seed 1; one case again: python -m tests.fuzz --seed 1 --case 77.

Every case has to end well or in one sentence, within its time and memory,
and leave nothing behind outside its folder.
Cases run in a process of their own, which is started afresh when one of them takes it down.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from queue import Empty, Queue
from random import Random
from threading import Thread

ROOT = Path(__file__).parents[2]
PATIENCE = 900.0
"""Seconds after which a case that no signal ends is killed with its process."""


def main() -> int:
    """Run cases and print what was found; 1 if anything was."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("cases", type=int, nargs="?", default=1000, help="how many cases")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--case", type=int, help="this one alone, with its details")
    parser.add_argument("--only", choices=["api", "files", "commands"], help="cases of this kind alone")
    parser.add_argument("--shared", action="store_true", help="others write into the sources, too: do not look there")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    first, last = (0, given.cases) if given.case is None else (given.case, given.case + 1)
    if given.inside:
        return inside(range(*map(int, os.environ["FUZZ_RANGE"].split())), given.seed, given.only)
    before = set() if given.shared else _tracked()
    found = supervise(first, last, given.seed, given.only)
    for path in sorted(set() if given.shared else _tracked() - before):
        found["left in the sources"].append((-1, path))
    _print(found, last - first, given.seed, details=given.case is not None)
    return 1 if found else 0


def supervise(first: int, last: int, seed: int, only: str | None) -> dict[str, list[tuple[int, str]]]:
    """The findings of some cases: by kind, their numbers and details."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    at = first
    with tempfile.TemporaryDirectory(prefix="fuzz-", ignore_cleanup_errors=True) as folder:
        while at < last:
            at = _until_it_ends(Path(folder), at, last, seed, only, found)
    return found


def _until_it_ends(
    folder: Path, first: int, last: int, seed: int, only: str | None, found: dict[str, list[tuple[int, str]]]
) -> int:
    """Run cases in a process until it has done all of them or is gone; the number of the next case."""
    shutil.rmtree(folder / "home", ignore_errors=True)
    places = {name: folder / name for name in ("home", "caches", "work")}
    for place in places.values():
        place.mkdir(exist_ok=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SPECTRUM_")},
        "FUZZ_RANGE": f"{first} {last}", "HOME": str(places["home"]), "TMPDIR": str(places["home"]),
        "OMP_NUM_THREADS": "1",
        "XDG_CACHE_HOME": str(places["caches"]), "MPLCONFIGDIR": str(places["caches"]), "COLUMNS": "80",
        "TORCHINDUCTOR_CACHE_DIR": str(places["caches"]),
        "PYTHONPATH": str(ROOT),
        "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.fuzz", "--inside", "--seed", str(seed), *(["--only", only] if only else [])]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        command, cwd=places["work"], env=environment, stdout=subprocess.PIPE, stderr=log, text=True
    )
    lines: Queue[str] = Queue()
    Thread(target=lambda: [lines.put(line) for line in process.stdout or ()] + [lines.put("")], daemon=True).start()
    at = first
    while True:
        try:
            line = lines.get(timeout=PATIENCE)
        except Empty:
            process.kill()
            found["hang that no signal ends"].append((at, ""))
            return at + 1
        if not line:
            if process.wait() or at < last:
                tail = (folder / "log").read_bytes()[-1500:].decode("utf-8", "replace")
                found[f"the process ends with {process.returncode}"].append((at, tail))
                return at + 1
            return at
        number, verdict, detail = json.loads(line)
        at = number + 1
        if verdict != "fine":
            found[verdict].append((number, detail))


def inside(cases: range, seed: int, only: str | None) -> int:
    """Run cases here, each in an empty folder; a line of JSON on standard output for each."""
    from tests.fuzz import api, commands, files
    from tests.fuzz.watch import judge, limit_memory, listing

    limit_memory()
    report, sys.stdout = sys.stdout, sys.stderr
    kinds = {"api": api.case, "files": files.case, "commands": commands.case}
    work, home = Path.cwd(), Path(os.environ["HOME"])
    for number in cases:
        random = Random(f"{seed} {number}")
        kind = only or random.choice(list(kinds))
        folder = work / f"case{number}"
        before, others = listing(home), set(work.iterdir())
        folder.mkdir()
        os.chdir(folder)
        verdict, detail = judge(lambda: kinds[kind](random, folder))  # noqa: B023
        os.chdir(work)
        shutil.rmtree(folder, ignore_errors=True)
        left = (listing(home) - before) | {str(path) for path in set(work.iterdir()) - others}
        if left and verdict == "fine":
            verdict, detail = "left something behind", ", ".join(sorted(map(ascii, left)))[:500]
        print(json.dumps([number, verdict, f"{kind}: {detail}"]), file=report, flush=True)
    return 0


def _tracked() -> set[str]:
    """What is in the working copy, but for what Python and the tests keep there."""
    ignored = ("__pycache__", ".git", ".venv", ".mypy_cache", ".ruff_cache", ".hypothesis", "build")
    return {
        os.path.join(parent, name)
        for parent, folders, names in os.walk(ROOT)
        if not folders.__setitem__(slice(None), [each for each in folders if each not in ignored])
        for name in [*folders, *names]
    }


def _print(found: dict[str, list[tuple[int, str]]], cases: int, seed: int, *, details: bool) -> None:
    number = sum(map(len, found.values()))
    print(f"{cases} cases, seed {seed}: {number} of them end badly, in {len(found)} ways")
    for verdict, hits in sorted(found.items(), key=lambda item: -len(item[1])):
        print(f"{len(hits):6}  {verdict}  (case {hits[0][0]})")
        if details:
            print(hits[0][1])


if __name__ == "__main__":
    sys.exit(main())
