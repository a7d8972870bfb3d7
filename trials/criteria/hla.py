"""HLA types as laboratories write them, at the level of the group (A*02, A2) or of the allele (A*02:01).

A group settles no allele of it. Without a locus the text is read as locus A: no trial of the register's field asks
for another by number alone (source: eligibility of NCT01343043 and NCT02992743).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

_WRITTEN: Final = re.compile(
    r"(?<![A-Z0-9:*])(?:(A|B|CW?|D[RQP][AB]?\d?)\*?)?(\d{1,8})((?::\d{2,3})*)([A-Z]?)(?![A-Z0-9:%+])"
)
_FIELDS: Final = r"(?:\d{1,3}(?::\d{2,3})+|\d{4,8})[A-Z]?"
_EITHER: Final = re.compile(
    rf"(?<![A-Z0-9:*])(?:[A-Z]{{1,2}}\*?)?{_FIELDS}(?:/(?:(?:[A-Z]{{1,2}}\*?)?{_FIELDS}|\d{{2,3}}))+(?![A-Z0-9:%+])"
)
_DEFAULT_LOCUS: Final = "A"


@dataclass(frozen=True, slots=True)
class Allele:
    """A type; without `allele` it is known to the level of the group."""

    locus: str
    group: str
    allele: str = ""

    def __str__(self) -> str:
        return f"{self.locus}*{self.group}:{self.allele}" if self.allele else f"{self.locus}*{self.group}"

    def is_within(self, other: "Allele") -> bool:
        """Whether it is the other, or an expressed allele of it where the other is a group."""
        if (self.locus, self.group) != (other.locus, other.group):
            return False
        return self.allele == other.allele or not (other.allele or self.allele.endswith("N"))


def types_in(text: str, locus: str = "") -> list[Allele]:
    """Every type that a text names, in its order."""
    plain = re.sub(r"\bHLA[\s_:-]*", "", text.upper()).replace("_", " ")
    return [found for match in _WRITTEN.finditer(plain) if (found := _type(match, locus))]


def _type(match: re.Match[str], locus: str) -> Allele | None:
    """A number alone is a type only with its colon: 02:01."""
    digits, fields = match[2], match[3].split(":")[1:]
    if not match[1] and not fields:
        return None
    if not fields and len(digits) > 2:
        if len(digits) % 2:
            return None
        digits, fields = digits[:2], [digits[2:4]]
    allele = fields[0] + ("N" if match[4] == "N" else "") if fields else ""
    found = (match[1] or locus or _DEFAULT_LOCUS).replace("CW", "C")
    return Allele(found, digits.zfill(2), allele)


def alike(text: str) -> str:
    """The text with "A*02:01/02:05", one type that is either of these, as what is common to both: A*02."""

    def common(match: re.Match[str]) -> str:
        first, *others = match[0].split("/")
        (one,) = types_in(first) or (None,)
        if one is None:
            return match[0]
        told = [each for part in others for each in types_in(_whole(part, one))]
        is_one = all((each.locus, each.group) == (one.locus, one.group) for each in told)
        return f"{one.locus}*{one.group}" if is_one and set(told) != {one} else match[0]

    return _EITHER.sub(common, text.upper())


def _whole(part: str, first: Allele) -> str:
    """What follows a slash with what it leaves out of the first: its locus, or its group too."""
    if part[0].isalpha():
        return part
    return f"{first.locus}*{part}" if len(part) > 3 else f"{first.locus}*{first.group}:{part}"


def allele_written(text: str) -> str | None:
    """A type as the criteria hold it: "A*02:01", or "A*02" for the group; None when it is none."""
    found = types_in(text)
    return str(found[0]) if len(found) == 1 else None


@dataclass(slots=True)
class Typing:
    """What is known of a patient's types. `complete` are the loci of which both are known."""

    has: set[Allele] = field(default_factory=set)
    lacks: set[Allele] = field(default_factory=set)
    complete: set[str] = field(default_factory=set)

    def add(self, found: Iterable[Allele], is_there: bool, is_homozygous: bool = False) -> None:
        """A newer result stands over an older one about the same type; a group beside its own allele is that type."""
        found = list(found)
        if is_there:
            alleles = {(each.locus, each.group) for each in found if each.allele}
            found = [each for each in found if each.allele or (each.locus, each.group) not in alleles]
        to, away = (self.has, self.lacks) if is_there else (self.lacks, self.has)
        to.update(found)
        away.difference_update(found)
        if is_there:
            loci = [each.locus for each in found]
            both = {locus for locus in loci if loci.count(locus) > 1 or is_homozygous}
            self.complete |= both
            self.has -= {each for each in self.has if each.locus in both} - set(found)

    def holds(self, wanted: Allele) -> bool | None:
        """Whether the patient has this type; None when what is known does not settle it."""
        if any(each.is_within(wanted) for each in self.has):
            return True
        if any(wanted.is_within(each) for each in self.lacks):
            return False
        if wanted.locus not in self.complete:
            return None
        open_ = Allele(wanted.locus, wanted.group)
        return None if wanted.allele and open_ in self.has else False
