"""A mapping: a TOML file that says which column becomes which fact; read whole, every error named by its key."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

from cases.clinical import contract
from cases.importing.encoding import NAMES as ENCODINGS
from cases.importing.errors import MappingError
from cases.importing.mapping_text import place_of
from cases.importing.reading import Layout
from cases.importing.rules import MILLIMETRES, SAYS_NOTHING, NotUnderstood, Options, Value
from cases.importing.targets import TARGETS, check_value
from cases.importing.text_table import DELIMITERS
from cases.importing.wording import ALWAYS_MISSING, key

MAX_BYTES: Final = 256 * 1024

SHIPPED: Final = files("cases.importing") / "mappings"

_TOP: Final = ("name", "source", "table", "case", "missing", "take", "treatment", "refuse", "keep", "ignore")
_TABLE: Final = ("id", "id_pattern", "delimiter", "encoding", "sheet", "header_row")
_CASE: Final = ("pathology_kind", "imaging_modality", "confirmed")
_TAKE: Final = ("to", "from", "rule", "unit", "values", "missing", "separator", "otherwise", "when_different")
_TREATMENT: Final = ("from", "when", "unless", "separator", *contract.TREATMENT_KEYS)
_REFUSE: Final = ("column", "values", "pattern", "reason")
_PATHOLOGY_KINDS: Final = (
    "biopsy",
    "planned_excision",
    "unplanned_excision",
    "re_excision",
    "metastasis",
    "other",
)
_MODALITIES: Final = ("mri", "ct", "ct_chest", "pet_ct", "ultrasound", "radiograph", "bone_scan", "other")


@dataclass(frozen=True, slots=True)
class Take:
    """One or more columns that become one fact. `values`: from a cell, by its key, to what is taken for it.

    A key that ends with * stands for every cell that begins so; a cell's own key comes first.
    """

    to: str
    columns: tuple[str, ...]
    rule: str
    options: Options
    values: Mapping[str, tuple[Value, ...]]
    missing: frozenset[str]
    separator: str
    otherwise: str
    is_dropped_when_different: bool

    def given_for(self, cell: str) -> tuple[Value, ...] | None:
        """What the mapping's own table takes for a cell; None where the cell is not in it."""
        word = key(cell)
        if word in self.values:
            return self.values[word]
        begun = (
            given
            for start, given in self.values.items()
            if start.endswith("*") and word.startswith(start[:-1])
        )
        return next(begun, None)


@dataclass(frozen=True, slots=True)
class Given:
    """A treatment that a column tells of, when it holds one of these words."""

    column: str
    when: frozenset[str]
    unless: frozenset[str]
    separator: str
    treatment: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Rows that are no case of a sarcoma, and why."""

    column: str
    values: frozenset[str]
    pattern: str
    reason: str


@dataclass(frozen=True, slots=True)
class RegistryMapping:
    """A mapping whose every key was understood."""

    name: str
    source: str
    id_column: str
    id_pattern: str
    layout: Layout
    missing: frozenset[str]
    takes: tuple[Take, ...]
    treatments: tuple[Given, ...]
    refusals: tuple[Refusal, ...]
    keep: frozenset[str]
    ignore: Mapping[str, str]
    pathology_kind: str
    imaging_modality: str
    is_confirmed: bool

    def columns(self) -> dict[str, str]:
        """Every column that the mapping reads, by its key, as the mapping spells it."""
        read = [self.id_column]
        read += [column for take in self.takes for column in take.columns]
        read += [given.column for given in self.treatments]
        read += [refusal.column for refusal in self.refusals]
        return {key(name): name for name in read}


def shipped_names() -> list[str]:
    """The mappings that come with the product."""
    return sorted(entry.name for entry in SHIPPED.iterdir() if entry.name.endswith(".toml"))


def shipped_text(name: str) -> str:
    """The text of a mapping that comes with the product; raises MappingError when there is none of that name."""
    wanted = name if name.endswith(".toml") else f"{name}.toml"
    if wanted not in shipped_names():
        raise MappingError([f"There is no mapping called {name}. There is: {', '.join(shipped_names())}."])
    return (SHIPPED / wanted).read_text(encoding="utf-8")


def parse(text: str) -> RegistryMapping:
    """The mapping in a TOML text; raises MappingError with every problem at once."""
    if len(text.encode()) > MAX_BYTES:
        raise MappingError([f"The mapping is longer than {MAX_BYTES // 1024} KB."])
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError([f"The mapping is not valid TOML: {error}."]) from error
    reader = _Reader(text, data)
    mapping = reader.mapping()
    if reader.problems:
        raise MappingError(reader.problems)
    return mapping


@dataclass(slots=True)
class _Reader:
    """Reads the tables of the TOML text; what is wrong is collected with its place."""

    text: str
    data: dict[str, Any]
    problems: list[str] = field(default_factory=list)

    def refuse(self, path: tuple[str | int, ...], message: str) -> None:
        self.problems.append(f"{place_of(self.text, path)}: {message}")

    def mapping(self) -> RegistryMapping:
        self.known((), self.data, _TOP)
        table = self.table(("table",), _TABLE)
        case = self.table(("case",), _CASE)
        missing = ALWAYS_MISSING | self.words((), self.data, "missing")
        takes = tuple(filter(None, (self.take(n, entry) for n, entry in self.entries("take"))))
        treatments = tuple(filter(None, (self.given(n, entry) for n, entry in self.entries("treatment"))))
        refusals = tuple(filter(None, (self.refusal(n, entry) for n, entry in self.entries("refuse"))))
        read = {key(c) for take in takes for c in take.columns} | {key(given.column) for given in treatments}
        if not {take.to for take in takes} & {"diagnosis.morphology", "diagnosis.topography"}:
            self.refuse((), "Nothing becomes diagnosis.morphology or diagnosis.topography.")
        id_column = self.string(("table",), table, "id", needed=True)
        return RegistryMapping(
            name=self.string((), self.data, "name", needed=True, longest=100),
            source=self.string((), self.data, "source", needed=True, longest=60),
            id_column=id_column,
            id_pattern=self.pattern(("table",), table, "id_pattern"),
            layout=self.layout(table, id_column, read),
            missing=missing,
            takes=takes,
            treatments=treatments,
            refusals=refusals,
            keep=self.words((), self.data, "keep"),
            ignore=self.ignored(),
            pathology_kind=self.choice(("case",), case, "pathology_kind", _PATHOLOGY_KINDS) or "other",
            imaging_modality=self.choice(("case",), case, "imaging_modality", _MODALITIES) or "other",
            is_confirmed=self.boolean(("case",), case, "confirmed", default=True),
        )

    def layout(self, table: dict[str, Any], id_column: str, read: set[str]) -> Layout:
        header_row = table.get("header_row", 0)
        if not isinstance(header_row, int) or isinstance(header_row, bool) or not 0 <= header_row <= 1000:
            self.refuse(("table", "header_row"), "must be a whole number from 1 to 1000, or left out.")
            header_row = 0
        delimiter = self.choice(("table",), table, "delimiter", ("auto", *DELIMITERS))
        codec = self.choice(("table",), table, "encoding", ("auto", "utf-8", *ENCODINGS))
        return Layout(
            id_column=id_column,
            columns=frozenset(read),
            delimiter="" if delimiter == "auto" else delimiter,
            encoding={"auto": "", "utf-8": "utf-8-sig"}.get(codec, codec),
            sheet=self.string(("table",), table, "sheet"),
            header_row=header_row,
        )

    def take(self, place: int, entry: dict[str, Any]) -> Take | None:
        path = ("take", place)
        self.known(path, entry, _TAKE)
        to = self.choice(path, entry, "to", TARGETS, needed=True)
        columns = self.columns(path, entry, "from")
        if not to or not columns:
            return None
        rules = TARGETS[to].rules
        otherwise = self.string(path, entry, "otherwise")
        if otherwise:
            self.value((*path, "otherwise"), to, otherwise)
        return Take(
            to=to,
            columns=columns,
            rule=self.choice(path, entry, "rule", rules) or rules[0],
            options=Options(unit=self.choice(path, entry, "unit", MILLIMETRES) or "mm"),
            values=self.values(path, entry, to),
            missing=self.words(path, entry, "missing"),
            separator=self.string(path, entry, "separator"),
            otherwise=otherwise,
            is_dropped_when_different=self.choice(path, entry, "when_different", ("first", "neither"))
            == "neither",
        )

    def values(
        self, path: tuple[str | int, ...], entry: dict[str, Any], to: str
    ) -> dict[str, tuple[Value, ...]]:
        table = entry.get("values", {})
        if not isinstance(table, dict):
            self.refuse((*path, "values"), 'must be a table such as { "YES" = "M1" }.')
            return {}
        found: dict[str, tuple[Value, ...]] = {}
        for cell, given in table.items():
            where = (*path, "values", cell)
            listed = given if isinstance(given, list) else [given]
            found[key(cell)] = tuple(self.value(where, to, value) for value in listed if value != "")
        return found

    def value(self, where: tuple[str | int, ...], to: str, value: Any) -> Value:
        if not isinstance(value, str | int | bool):
            self.refuse(where, f"must be text or a whole number, not {type(value).__name__}.")
            return SAYS_NOTHING
        try:
            return check_value(to, value)
        except NotUnderstood as error:
            self.refuse(where, f"{value!r} cannot become {to}: {error.why}.")
            return SAYS_NOTHING

    def given(self, place: int, entry: dict[str, Any]) -> Given | None:
        path = ("treatment", place)
        self.known(path, entry, _TREATMENT)
        columns = self.columns(path, entry, "from")
        when = self.words(path, entry, "when")
        if not when:
            self.refuse((*path, "when"), 'is needed: the words that say that it was given, such as ["YES"].')
        treatment: dict[str, Any] = {name: entry[name] for name in contract.TREATMENT_KEYS if name in entry}
        self.check_treatment(path, treatment)
        if not columns:
            return None
        separator = self.string(path, entry, "separator")
        return Given(columns[0], when, self.words(path, entry, "unless"), separator, treatment)

    def check_treatment(self, path: tuple[str | int, ...], treatment: dict[str, Any]) -> None:
        """As the guidance check's contract has a treatment."""
        errors: contract.Errors = {}
        contract.read_case({"prior_treatments": [treatment]}, errors)
        for where, messages in errors.items():
            name = where.removeprefix("case.prior_treatments.0.")
            for message in messages:
                self.refuse((*path, name), message.removeprefix(f"{where} "))

    def refusal(self, place: int, entry: dict[str, Any]) -> Refusal | None:
        path = ("refuse", place)
        self.known(path, entry, _REFUSE)
        column = self.string(path, entry, "column", needed=True)
        reason = self.string(path, entry, "reason", needed=True, longest=300)
        values, pattern = self.words(path, entry, "values"), self.pattern(path, entry, "pattern")
        if bool(values) == bool(pattern):
            self.refuse(path, "must have either values or a pattern.")
        return Refusal(column, values, pattern, reason) if column and reason else None

    def ignored(self) -> dict[str, str]:
        table = self.data.get("ignore", {})
        if not isinstance(table, dict) or not all(isinstance(why, str) and why for why in table.values()):
            self.refuse(("ignore",), 'must be a table of columns with a reason each: "IDAT" = "file name".')
            return {}
        return {key(name): why for name, why in table.items()}

    def table(self, path: tuple[str | int, ...], known: Collection[str]) -> dict[str, Any]:
        table = self.data.get(str(path[0]), {})
        if not isinstance(table, dict):
            self.refuse(path, f"must be a table: [{path[0]}].")
            return {}
        self.known(path, table, known)
        return table

    def entries(self, name: str) -> list[tuple[int, dict[str, Any]]]:
        listed = self.data.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
            self.refuse((name,), f"must be written as [[{name}]], once for each.")
            return []
        return list(enumerate(listed))

    def known(self, path: tuple[str | int, ...], table: dict[str, Any], known: Collection[str]) -> None:
        for name in table:
            if name not in known:
                self.refuse((*path, name), f"is not a known key. The known keys are: {', '.join(known)}.")

    def columns(self, path: tuple[str | int, ...], entry: dict[str, Any], name: str) -> tuple[str, ...]:
        given = entry.get(name)
        listed = [given] if isinstance(given, str) else given
        if not isinstance(listed, list) or not listed or not all(isinstance(c, str) and c for c in listed):
            self.refuse((*path, name), "must be the name of a column, or a list of names.")
            return ()
        return tuple(listed)

    def words(self, path: tuple[str | int, ...], entry: dict[str, Any], name: str) -> frozenset[str]:
        listed = entry.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
            self.refuse((*path, name), 'must be a list of texts, such as ["YES", "Y"].')
            return frozenset()
        return frozenset(map(key, listed))

    def string(
        self,
        path: tuple[str | int, ...],
        entry: dict[str, Any],
        name: str,
        *,
        needed: bool = False,
        longest: int = 200,
    ) -> str:
        value = entry.get(name, "")
        if not isinstance(value, str) or len(value) > longest:
            self.refuse((*path, name), f"must be text of at most {longest} letters.")
            return ""
        if needed and not value.strip():
            self.refuse((*path, name), "is needed.")
        return value

    def pattern(self, path: tuple[str | int, ...], entry: dict[str, Any], name: str) -> str:
        """? is any letter, # any digit, * anything; one * only, so that no pattern can take long to try."""
        value = self.string(path, entry, name, longest=60)
        if value.count("*") > 1:
            self.refuse((*path, name), "may have one * only.")
        return value

    def choice(
        self,
        path: tuple[str | int, ...],
        entry: dict[str, Any],
        name: str,
        allowed: Collection[str],
        *,
        needed: bool = False,
    ) -> str:
        value = entry.get(name, "")
        if isinstance(value, str) and value in allowed:
            return value
        if value != "" or needed:
            self.refuse((*path, name), f"{value!r} must be one of: {', '.join(allowed)}.")
        return ""

    def boolean(
        self, path: tuple[str | int, ...], entry: dict[str, Any], name: str, *, default: bool
    ) -> bool:
        value = entry.get(name, default)
        if isinstance(value, bool):
            return value
        self.refuse((*path, name), "must be true or false.")
        return default
