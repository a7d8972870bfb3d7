"""Where a key stands in the text of a mapping, so that a message can point at the line."""

import re


def place_of(text: str, path: tuple[str | int, ...]) -> str:
    """ "Line 14, take 3, unit": the line as far as it can be found, and the key."""
    words: list[str] = []
    for part in path:
        if isinstance(part, int):
            words[-1] = f"{words[-1]} {part + 1}"
        else:
            words.append(part)
    line = _line_of(text.splitlines(), path)
    where = ", ".join(words)
    if line is None:
        return where or "The mapping"
    return f"Line {line}, {where}"


def _line_of(lines: list[str], path: tuple[str | int, ...]) -> int | None:
    """The line of the last key of the path that can be found; the table's own where the key is not there."""
    start, end = _section(lines, path)
    keys = [part for part in path if isinstance(part, str)]
    for wanted in reversed(keys):
        bare = re.escape(wanted)
        pattern = re.compile(rf"""(^|[{{,]|\s)\s*["']?{bare}["']?\s*=""")
        for number in range(start, end):
            if pattern.search(lines[number]):
                return number + 1
    return start if 0 < start <= len(lines) else None


def _section(lines: list[str], path: tuple[str | int, ...]) -> tuple[int, int]:
    """First and last line of the table that the path begins with; the lines before any table for a top key."""
    heads = [number for number, line in enumerate(lines) if line.lstrip().startswith("[")]
    if not path:
        return 0, 0
    if len(path) > 1 and isinstance(path[1], int):
        named = _starting(lines, heads, f"[[{path[0]}]]")
        place = path[1]
    else:
        named, place = _starting(lines, heads, f"[{path[0]}]"), 0
    if place >= len(named):
        return 0, heads[0] if heads else len(lines)
    first = named[place]
    later = [head for head in heads if head > first and not _is_part_of(lines[head], str(path[0]))]
    return first + 1, later[0] if later else len(lines)


def _starting(lines: list[str], heads: list[int], head: str) -> list[int]:
    return [number for number in heads if lines[number].replace(" ", "").startswith(head)]


def _is_part_of(line: str, table: str) -> bool:
    """Whether a head such as [take.values] belongs to the entry above it."""
    return line.replace(" ", "").startswith(f"[{table}.")
