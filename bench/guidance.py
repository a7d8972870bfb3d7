"""How fast plans are checked: `python -m bench.guidance`. Needs no database and no server.

In process: plans of three treatments on a thousand different cases, processor time on one core, beside the floor of
reading and writing the same question as JSON. As a command: one case from start to end, and processor time and
memory for each line of --jsonl.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice, product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.report import load
from treatments.guidance.check import check, check_body, check_typed
from treatments.guidance.contract import parse

ROOT: Final = Path(__file__).resolve().parent.parent
CASES: Final = 1000
ROUNDS: Final = 7
LINES: Final = (1_000, 20_000)

MORPHOLOGIES: Final = ("8890/3", "8802/3", "9040/3", "8936/3", "9364/3", "8858/3", "9180/3", "8821/1", None)
SITES: Final = ("C49.2", "C48.0", "C49.0", "C16.9", "C40.2", "C41.2", "C55.9")
SPREAD: Final[tuple[dict[str, Any], ...]] = ({"m": "M0"}, {"m": "M1", "metastatic_sites": ["lung"]}, {})
TREATMENTS: Final = (
    {"modality": "surgery", "procedure": "limb_sparing"},
    {"modality": "radiotherapy", "timing": "neoadjuvant", "technique": "photon"},
    {"modality": "chemotherapy", "timing": "neoadjuvant", "drugs": ["doxorubicin", "ifosfamide"]},
    {"modality": "surgery", "procedure": "metastasectomy"},
    {"modality": "targeted_therapy", "drugs": ["Glivec"]},
    {"modality": "immunotherapy", "kind": "checkpoint_inhibitor", "drugs": ["nivolumab"]},
    {"modality": "best_supportive_care"},
)


def questions() -> list[dict[str, Any]]:
    """Different cases, each with a plan of three treatments."""
    facts = product(MORPHOLOGIES, SITES, SPREAD, range(20, 220, 30), ("G1", "G2", "G3"))
    plans = cycle([list(each) for each in product(TREATMENTS, repeat=3)])
    step = 7 * 3 * 3 * 7 * 9 // CASES
    return [
        {
            "case": _case(morphology, site, size, grade) | spread,
            "plan": {"intent": "curative", "treatments": treatments},
        }
        for (morphology, site, spread, size, grade), treatments in zip(
            islice(facts, 0, None, max(step, 1)), plans, strict=False
        )
    ][:CASES]


def _case(morphology: str | None, site: str, size: int, grade: str) -> dict[str, Any]:
    return {
        "morphology": morphology,
        "topography": site,
        "size_mm": size,
        "depth": "deep",
        "grade": grade,
        "n": "N0",
        "disease_status": "primary",
        "resectability": "resectable",
        "performance_status": 1,
        "age": 54,
    }


def seconds(work: Callable[[Any], object], things: Sequence[Any]) -> float:
    """Processor seconds of one pass over all."""
    begun = time.process_time()
    for thing in things:
        work(thing)
    return time.process_time() - begun


def in_process() -> None:
    asked = questions()
    parsed = [parse(each["case"], each["plan"]) for each in asked]
    texts = [json.dumps(each) for each in asked]
    ways: dict[str, tuple[Callable[[Any], object], Sequence[Any]]] = {
        "floor: the question read and written as JSON": (lambda text: json.dumps(json.loads(text)), texts),
        "a case and a plan that are parsed": (lambda each: check_typed(*each), parsed),
        "with parsing and the answer as an object": (lambda each: check(each["case"], each["plan"]), asked),
        "a line of JSON to a line of JSON": (lambda text: json.dumps(check_body(json.loads(text))), texts),
    }
    for work, things in ways.values():
        seconds(work, things)
    rounds = [{name: seconds(*way) for name, way in ways.items()} for _ in range(ROUNDS)]
    floor = next(iter(ways))
    for name in ways:
        best = min(each[name] for each in rounds)
        ratio = median(each[name] / each[floor] for each in rounds)
        print(f"{name:48} {len(asked) / best:>9,.0f} a second {ratio:6.1f} times the floor")


# A child counts the memory of the process that forked it, so a small one stands between.
MEASURED: Final = (
    "import json, resource, subprocess, sys, time; begun = time.perf_counter(); "
    "subprocess.run([sys.executable, *sys.argv[1:]], check=True, stdout=subprocess.DEVNULL); "
    "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
    "print(json.dumps([time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024]))"
)


def command(*arguments: str) -> tuple[float, float, int]:
    """Seconds on the clock and of the processor, and the most memory in megabytes, of one command."""
    told = subprocess.run(
        [sys.executable, "-c", MEASURED, *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    took, used, megabytes = json.loads(told.stdout)
    return took, used, megabytes


def as_command() -> None:
    with TemporaryDirectory() as folder:
        one = Path(folder, "one.json")
        one.write_text(json.dumps(questions()[0]))
        took = median(command("manage.py", "check_plan", str(one))[0] for _ in range(ROUNDS))
        bare = median(command("-c", "import json")[0] for _ in range(ROUNDS))
        print(
            f"check_plan, one case, whole: {took:.2f} s, {took / bare:.1f} times a bare Python; the aim is 1.5 s"
        )
        used = []
        for count in LINES:
            lines = Path(folder, "lines.jsonl")
            lines.write_text("".join(f"{json.dumps(each)}\n" for each in islice(cycle(questions()), count)))
            _, processor, megabytes = command("manage.py", "check_plan", "--jsonl", str(lines))
            used.append(processor)
            print(
                f"check_plan --jsonl, {count:,} lines: {processor:.2f} s of the processor, at most {megabytes} MB"
            )
        each = 1000 * (used[1] - used[0]) / (LINES[1] - LINES[0])
        print(f"each further line: {each:.3f} ms of the processor; the aim is 1 ms")


def main() -> None:
    in_process()
    as_command()
    print(f"Load of the machine at the end: {', '.join(map(str, load()))}; {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
