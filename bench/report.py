"""What the measured times come to: medians, ratios to the floor, and the table that says which aims are met."""

import os
from collections.abc import Sequence
from statistics import median, quantiles
from typing import Any

from bench.aims import Target
from bench.targets import TARGETS

MEGABYTES = 120
GROWTH = 1.3
AIMS = {target.name: target for target in TARGETS}


def summary(ours: Sequence[Sequence[float]], bare: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Milliseconds over all rounds; the ratio is the median of each round's own."""
    every, floor = [s for turn in ours for s in turn], [s for turn in bare for s in turn]
    ratios = [median(turn) / median(beside) for turn, beside in zip(ours, bare, strict=True)]
    return {
        "p50_ms": _ms(median(every)),
        "p95_ms": _ms(p95(every)),
        "floor_p50_ms": _ms(median(floor)),
        "floor_p95_ms": _ms(p95(floor)),
        "ratio": round(median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
    }


def p95(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 2)


def load() -> list[float]:
    """How busy the machine was: numbers far above its processors say that others were measured too."""
    return [round(each, 1) for each in os.getloadavg()]


def table(result: dict[str, Any]) -> str:
    """A page of text: each size, then growth from the first size to the last, then memory."""
    parts = [_size(size) for size in result["sizes"]]
    if len(result["sizes"]) > 1:
        parts.append(_growth(result["sizes"][0], result["sizes"][-1]))
    parts.append(_memory(result["sizes"][-1]))
    parts.append(f"Load of the machine at the end: {', '.join(map(str, result['load']))}")
    return "\n\n".join(parts)


COLUMNS = ("", "p50", "p95", "floor", "ratio", "aim", "8: p50", "p95", "ratio", "statements", "aim", "")


def _size(size: dict[str, Any]) -> str:
    rows = [_row(name, found) for name, found in size["targets"].items()]
    return f"{size['cases']:,} cases; milliseconds with 1 and with 8 clients\n" + _aligned([COLUMNS, *rows])


def _row(name: str, found: dict[str, Any]) -> tuple[str, ...]:
    if "failed" in found:
        return (name, *[""] * (len(COLUMNS) - 2), "not measured: " + found["failed"][:60])
    one, eight, target = found["clients_1"], found["clients_8"], AIMS[name]
    return (
        name,
        *(f"{one[key]:.1f}" for key in ("p50_ms", "p95_ms", "floor_p50_ms")),
        f"{one['ratio']:.1f}",
        f"{target.aim.ms:.0f} ms" if target.aim.ms else f"{target.aim.ratio:.1f}",
        *(f"{eight[key]:.1f}" for key in ("p50_ms", "p95_ms")),
        f"{eight['ratio']:.1f}",
        str(found["statements"]),
        str(target.aim.statements),
        verdict(found, target),
    )


def verdict(found: dict[str, Any], target: Target) -> str:
    over = []
    one, aim = found["clients_1"], target.aim
    if (aim.ratio and one["ratio"] > aim.ratio) or (aim.ms and one["p50_ms"] > aim.ms):
        over.append("slow")
    if found["statements"] > target.aim.statements:
        over.append("many statements")
    if found["rows"] < target.rows:
        over.append(f"shows {found['rows']} rows, not {target.rows}")
    return ", ".join(over) or "met"


def _growth(small: dict[str, Any], large: dict[str, Any]) -> str:
    """Growth of the ratio to the floor, which takes the mood of the machine out of it."""
    rows = [("", "times as slow", "aim", "")]
    for name, found in large["targets"].items():
        before = small["targets"].get(name, {"failed": ""})
        if "failed" in found or "failed" in before:
            continue
        growth = found["clients_1"]["ratio"] / before["clients_1"]["ratio"]
        rows.append((name, f"{growth:.2f}", f"{GROWTH}", "met" if growth <= GROWTH else "grows"))
    return f"{large['cases']:,} cases beside {small['cases']:,}\n" + _aligned(rows)


def _memory(size: dict[str, Any]) -> str:
    rows = [("worker", "resident MB", "own share MB", "aim", "")]
    for server, workers in size["memory_mb"].items():
        for each in workers:
            aim = (str(MEGABYTES), "met" if each["rss"] <= MEGABYTES else "large")
            rows.append(
                (
                    server,
                    f"{each['rss']:.0f}",
                    f"{each['pss']:.0f}",
                    *(aim if server == "service" else ("", "")),
                )
            )
    return "Memory after the load\n" + _aligned(rows)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        middle, last = others[:-1], others[-1]
        cells = [cell.rjust(width) for cell, width in zip(middle, widths[1:-1], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells, last]).rstrip())
    return "\n".join(lines)
