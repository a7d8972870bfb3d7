"""A small mapping, tables written for one test, and an import of them from end to end."""

from pathlib import Path

import openpyxl
import pytest

from cases.importing import mapping as mappings
from cases.importing import services

MAPPING = """
name = "County sarcoma table"
source = "COUNTY"
missing = ["n/a", "unknown"]
keep = ["Note"]

[ignore]
"Sheet row" = "a running number"

[table]
id = "Case no"
id_pattern = "K###"

[[take]]
to = "patient.sex"
from = "Sex"
values = { "F" = "female", "M" = "male" }

[[take]]
to = "patient.vital_status"
from = "Status"
values = { "alive" = "alive", "dead" = "dead" }

[[take]]
to = "episode.diagnosed_on"
from = "Diagnosed"

[[take]]
to = "episode.age_at_diagnosis"
from = "Age"

[[take]]
to = "diagnosis.morphology"
from = "Morphology"

[[take]]
to = "diagnosis.topography"
from = "Site"

[[take]]
to = "pathology.size_mm"
from = ["Length", "Width"]
rule = "greatest"
unit = "cm"

[[take]]
to = "pathology.grade"
from = "Grade"

[[take]]
to = "imaging.metastasis_status"
from = "Spread"
values = { "yes" = "M1", "no" = "M0" }

[[treatment]]
from = "Given"
when = ["surgery"]
unless = ["none"]
separator = "+"
modality = "surgery"
procedure = "wide_excision"

[[treatment]]
from = "Given"
when = ["radiotherapy"]
separator = "+"
modality = "radiotherapy"
timing = "adjuvant"
"""

HEAD = [
    "Case no",
    "Sex",
    "Status",
    "Diagnosed",
    "Age",
    "Morphology",
    "Site",
    "Length",
    "Width",
    "Grade",
    "Spread",
    "Given",
    "Note",
]
ROW = {
    "Case no": "K001",
    "Sex": "F",
    "Status": "alive",
    "Diagnosed": "14/03/2020",
    "Age": "54",
    "Morphology": "8890/3",
    "Site": "C49.2",
    "Length": "8.2",
    "Width": "5",
    "Grade": "G2",
    "Spread": "no",
    "Given": "surgery + radiotherapy",
    "Note": "",
}


def row(**told) -> list[str]:
    """A plain row of the county's table; any cell can be told otherwise, by its column with _ for blanks."""
    cells = ROW | {name.replace("_", " "): str(value) for name, value in told.items()}
    return [cells[name] for name in HEAD]


@pytest.fixture
def county():
    """The county's mapping, read."""
    return mappings.parse(MAPPING)


@pytest.fixture
def write(tmp_path):
    """Writes a table as text: rows of cells, with a delimiter and an encoding."""

    def write(*rows, name="table.csv", delimiter=",", encoding="utf-8", end="\r\n", head=HEAD) -> Path:
        path = tmp_path / name
        lines = [
            delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in r) for r in [head, *rows]
        ]
        path.write_bytes((end.join(lines) + end).encode(encoding))
        return path

    return write


@pytest.fixture
def write_book(tmp_path):
    """Writes a workbook: sheet name to rows."""

    def write_book(name="table.xlsx", **sheets) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title.replace("_", " "))
            for cells in rows:
                sheet.append(cells)
        book.save(tmp_path / name)
        return tmp_path / name

    return write_book


@pytest.fixture
def bring_in(team, coordinator, county):
    """Imports a file for the team, as the command does, and gives the run back."""

    def bring_in(path, text=MAPPING, to=team, by=coordinator):
        run = services.register_run(team=to, path=path, mapping_name="county.toml", mapping_text=text, by=by)
        return services.carry_out(run_id=run.pk, path=path)

    return bring_in
