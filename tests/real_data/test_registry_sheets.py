"""Other sheets that come: a workbook with footnotes, a table in quotation marks, one that counts cases. Row by row."""

from collections import Counter
from datetime import date

import pytest

from cases.importing import mapping as mappings
from cases.importing.drafting import Drafter
from cases.importing.drafts import RefusedRow
from cases.importing.reading import open_table

pytestmark = pytest.mark.real_data

TCIA = """
name = "TCIA soft tissue sarcoma, clinical sheet"
source = "TCIA-STS"
missing = ["N/A"]
keep = ["MSKCC type", "Outcome (recurrence, mets)", "Time - diagnosis to MRI scan (days)",
  "Time - MRI scan to PET scan (days)", "Time - diagnosis to outcome (days)",
  "Time - diagnosis to last follow-up (days)"]

[table]
id = "Patient ID"
id_pattern = "STS_###"

[case]
imaging_modality = "mri"
pathology_kind = "biopsy"

[[take]]
to = "patient.sex"
from = "Sex"

[[take]]
to = "patient.vital_status"
from = "Status (NED, AWD, D)"
values = { "D" = "dead", "NED" = "alive", "AWD" = "alive" }

[[take]]
to = "episode.age_at_diagnosis"
from = "Age"

[[take]]
to = "diagnosis.morphology"
from = "Histological type"

[take.values]
"pleiomorphic leiomyosarcoma" = "8890/3"
"pleomorphic leiomyosarcoma" = "8890/3"
"leiomyosarcoma" = "8890/3"
"pleiomorphic liposarcoma" = "8854/3"
"undifferentiated pleomorphic liposarcoma" = "8854/3"
"spindle cell suggestive of pleomorphic liposarcoma" = "8854/3"
"dedifferentiated liposarcoma" = "8858/3"
"liposarcoma" = "8850/3"
"liposarcoma, well diferentiated" = "8851/3"
"liposarcoma - round cell" = "8852/3"
"mixoid liposarcoma" = "8852/3"
"malignant fibrous histiocytoma" = "8802/3"
"undifferentiated - pleiomorphic" = "8802/3"
"pleomorphic sarcoma" = "8802/3"
"pleiomorphic undifferentiated sarcoma" = "8802/3"
"undifferentiated - high grade" = "8805/3"
"pleiomorphic spindle cell undifferentiated" = "8801/3"
"myxofibrosarcoma*" = "8811/3"
"myxoid fibrosarcoma" = "8811/3"
"spindle cell suggestive of myxofibrosarcoma" = "8811/3"
"synovial sarcoma" = "9040/3"
"poorly differentiated synovial sarcoma" = "9040/3"
"spindle cell suggestive of biphasic synovial sarcoma" = "9043/3"
"extraskeletal osteosarcoma" = "9180/3"
"extraskeletal high grade osteogenic sarcoma" = "9180/3"
"extraskeletal ewing" = "9364/3"
"epithelioid sarcoma*" = "8804/3"
"sclerosing epithelioid fibrosarcoma" = "8840/3"
"malignant solitary fibrous tumor" = "8815/3"

[[take]]
to = "diagnosis.topography"
from = "Site of primary STS"

[take.values]
"left thigh" = "C49.2"
"right thigh" = "C49.2"
"left calf" = "C49.2"
"right calf" = "C49.2"
"right quadricep" = "C49.2"
"left knee" = "C49.2"
"left adductur" = "C49.2"
"left poplietal fossa" = "C49.2"
"left buttock" = "C49.5"
"right buttock" = "C49.5"
"left pelvis" = "C49.5"
"right groin" = "C49.5"
"left biceps" = "C49.1"
"left arm" = "C49.1"
"right hand" = "C49.1"
"right parascapusular" = "C49.1"
"parascapusular" = "C49.1"

[[take]]
to = "diagnosis.laterality"
from = "Site of primary STS"
rule = "side"

[[take]]
to = "pathology.grade"
from = "Grade"
values = { "High" = "G3", "Intermediate" = "G2", "Low" = "G1" }

[[treatment]]
from = "Treatment"
separator = "+"
when = ["Surgery"]
modality = "surgery"

[[treatment]]
from = "Treatment"
separator = "+"
when = ["Radiotherapy"]
modality = "radiotherapy"

[[treatment]]
from = "Treatment"
separator = "+"
when = ["Chemotherapy"]
modality = "chemotherapy"
"""

GEO = """
name = "Sarcoma classifier, sample sheet"
source = "GEO-SARCOMA"
missing = ["NA"]

[ignore]
"IDAT" = "laboratory file name"
"supplementary_file" = "laboratory file name"
"supplementary_file.1" = "laboratory file name"
"Colour" = "colour of a plot"
"data_row_count" = "a technical number"

[table]
id = "geo_accession"
id_pattern = "GSM*"

[[take]]
to = "episode.kind"
from = "Manifestation"
values = { "Primary" = "primary", "Recurrence" = "local_recurrence", "Metastasis" = "metastatic_recurrence" }

[[take]]
to = "diagnosis.morphology"
from = "Diagnosis"

[take.values]
"Chordoma" = "9370/3"
"Chordoma (de-differentiated)" = "9372/3"
"Synovial sarcoma" = "9040/3"
"Myxoid liposarcoma" = "8852/3"
"Dermatofibrosarcoma protuberans" = "8832/1"
"Ewing*" = "9364/3"
"Primitive neuroectodermal tumour" = "9364/3"
"Malignant peripheral nerve sheath tumour" = "9540/3"
"Rhabdomyosarcoma (embryonal)" = "8910/3"
"Embryonal rhabdomyosarcoma" = "8910/3"
"Rhabdomyosarcoma (alveolar)" = "8920/3"
"Rhabdomyosarcoma (spindle cell)" = "8912/3"
"Chondrosarcoma" = "9220/3"
"Chondrosarcoma (mesenchymal)" = "9240/3"
"Osteosarcoma (high-grade)" = "9180/3"
"Solitary fibrous tumour" = "8815/1"
"Gastroinstestinal stromal tumour" = "8936/3"
"Desmoid-type fibromatosis" = "8821/1"
"Extraskeletal myxoid chondrosarcoma" = "9231/3"
"Giant cell tumour of bone" = "9250/1"
"Small blue round cell tumour with CIC alteration" = "9367/3"
"Small blue round cell tumour with BCOR alteration" = "9368/3"
"Desmoplastic small round cell tumour" = "8806/3"
"Low-grade fibromyxoid sarcoma" = "8840/3"
"Sclerosing epithelioid sarcoma" = "8840/3"
"Kaposi sarcoma" = "9140/3"
"Myxofibrosarcoma" = "8811/3"
"Dedifferentiated liposarcoma" = "8858/3"
"Pleomorphic liposarcoma" = "8854/3"
"Undifferentiated pleomorphic sarcoma" = "8802/3"
"Undifferentiated sarcoma" = "8805/3"
"Leiomyosarcoma" = "8890/3"
"Alveolar soft part sarcoma" = "9581/3"
"Angiosarcoma" = "9120/3"
"Sarcoma not otherwise specified" = "8800/3"
"Infantile fibrosarcoma" = "8814/3"

[[take]]
to = "diagnosis.topography"
from = "Site"

[take.values]
"Soft tissue, limbs, lower*" = "C49.2"
"Soft tissue, limbs, upper*" = "C49.1"
"Soft tissue, trunk, retroperitoneum" = "C48.0"
"Soft tissue, trunk, abdomen, retroperitoneum" = "C48.0"
"Soft tissue, trunk, abdom*" = "C49.4"
"Soft tissue, trunk, thora*" = "C49.3"
"Soft tissue, trunk, pelvi*" = "C49.5"
"Soft tissue, trunk*" = "C49.6"
"Soft tissue, head and neck*" = "C49.0"
"Bone, head and neck*" = "C41.0"
"Bone, limbs, lower limbs*" = "C40.2"
"Bone, limbs, upper limbs*" = "C40.0"
"Bone, spine" = "C41.2"
"Bone, pelvis*" = "C41.4"
"Bone, thorax*" = "C41.3"
"Visceral, abdomen, stomach" = "C16.9"
"Visceral, abdomen, small intestine" = "C17.9"
"Visceral, thorax, lung" = "C34.9"
"Visceral, pelvis, uterus" = "C55.9"

[[refuse]]
column = "Diagnosis"
values = ["Schwannoma", "Neurofibroma", "Neurofibroma (plexiform)", "Lipoma", "Fibrous dysplasia", "Osteoblastoma"]
reason = "a benign tumour."

[[refuse]]
column = "Diagnosis"
values = ["Melanoma"]
reason = "another cancer."

[[refuse]]
column = "Diagnosis"
values = ["Control (reactive tissue)"]
reason = "tissue for comparison, no tumour."

[[refuse]]
column = "Diagnosis"
values = ["Malignant tumour not otherwise specified"]
reason = "no sarcoma is named."
"""

NETSARC = """
name = "Counts by histotype"
source = "NETSARC"

[table]
id = "histotype"

[[take]]
to = "diagnosis.morphology"
from = "histotype"
values = { "Leiomyosarcoma" = "8890/3", "MPNST" = "9540/3", "Synovial sarcoma" = "9040/3" }

[[refuse]]
column = "2013"
pattern = "#*"
reason = "the row counts cases by year and describes none."
"""


def drafts(path, text):
    mapping = mappings.parse(text)
    with open_table(path, mapping.layout) as table:
        drafter = Drafter(mapping, table.columns, date(2026, 11, 25))
        return table, [drafter.draft(row) for row in table.rows()]


def refused(drafted):
    return Counter(each.reason for each in drafted if isinstance(each, RefusedRow))


def test_a_workbook_with_footnotes_and_two_sheets(real_data):
    table, drafted = drafts(real_data / "registry/tcia-sts__INFOclinical_STS.xlsx", TCIA)
    assert table.words == "Excel workbook, sheet “Clinical Information”"
    taken = [each for each in drafted if not isinstance(each, RefusedRow)]
    assert [each.source_id for each in taken] == [f"STS_{n:03d}" for n in range(1, 52)]
    assert refused(drafted) == {
        "the id does not have the form STS_###: a footnote or a heading, not a case.": len(drafted) - 51
    }
    assert {each.line for each in drafted if isinstance(each, RefusedRow)} == {55, 56, 57, 58, 59, 60, 61, 63}
    assert not any(each.remarks for each in taken)
    first = taken[0]
    assert first.diagnosis == {"morphology": "8854/3", "topography": "C49.2", "laterality": "L"}
    assert (first.age_at_diagnosis, first.patient.is_dead, first.pathology) == (59, True, {"grade": "G3"})
    assert [given["modality"] for given in first.treatments] == ["radiotherapy", "surgery", "chemotherapy"]
    kept = dict(first.texts)
    assert kept["Time – diagnosis to MRI scan (days)"] == "-7"
    assert kept["Outcome (recurrence, mets)"] == "Mets – arms"
    assert "Outcome (recurrence, mets)" not in dict(taken[1].texts)  # a dash says nothing
    assert "grade" not in taken[50].pathology


def test_a_table_in_quotation_marks_with_tumours_of_every_kind(real_data):
    table, drafted = drafts(real_data / "registry/geo-sarcoma__Merge_45.csv", GEO)
    assert len(drafted) == 485
    assert "comma" in table.words
    assert refused(drafted) == {
        "a benign tumour.": 60,
        "another cancer.": 12,
        "tissue for comparison, no tumour.": 6,
        "no sarcoma is named.": 1,
    }
    taken = [each for each in drafted if not isinstance(each, RefusedRow)]
    assert len(taken) == 406
    assert all("morphology" in each.diagnosis for each in taken)
    without_site = [each for each in taken if "topography" not in each.diagnosis]
    assert len(without_site) == 71
    for each in without_site:
        kept = dict(each.texts).get("Site")
        assert kept is None or any(remark.column == "Site" for remark in each.remarks)
    assert Counter(each.kind for each in taken).keys() == {
        "primary",
        "local_recurrence",
        "metastatic_recurrence",
    }


def test_a_table_that_counts_cases_is_refused_row_by_row(real_data):
    table, drafted = drafts(real_data / "registry/netsarc__pinieux2021.csv", NETSARC)
    assert "semicolon" in table.words
    assert refused(drafted) == {"the row counts cases by year and describes none.": len(drafted)}
    assert len(drafted) == 88
