"""The patient's words for every coded outcome and treatment, at a reading age of about 11."""

from dataclasses import dataclass, field
from itertools import product

import pytest

from cases.clinical import vocabulary
from mdt.letters.phrases import PHRASES, patient_words, treatment_words
from mdt.letters.placeholders import examples
from mdt.letters.templates import built_in
from mdt.letters.wording import blocks_of, filled
from mdt.workflow import NOBODY_TO_TELL, LetterKind, Outcome
from tests.mdt.letters.reading_age import AGE_OF_11, grade, syllables

TOLD = [outcome.value for outcome in Outcome if outcome not in NOBODY_TO_TELL]
DRUGS = [[], ["imatinib"], ["doxorubicin", "ifosfamide"], ["vincristine", "doxorubicin", "cyclophosphamide"]]


@dataclass
class Line:
    modality: str
    procedure: str = ""
    timing: str = ""
    technique: str = ""
    kind: str = ""
    drugs: list[str] = field(default_factory=list)


def every_line():
    for procedure in vocabulary.PROCEDURES:
        yield Line("surgery", procedure)
    for modality in vocabulary.MODALITIES:
        timings = list(vocabulary.TIMINGS) if modality in vocabulary.TIMED_MODALITIES else [""]
        techniques = ["", *vocabulary.TECHNIQUES.get(modality, ())]
        kinds = ["", *vocabulary.KINDS] if modality == "immunotherapy" else [""]
        drugs = [[]] if modality in ("surgery", "radiotherapy", "ablation") else DRUGS
        for timing, technique, kind, named in product(timings, techniques, kinds, drugs):
            yield Line(modality, "", timing, technique, kind, named)


LINES = list(every_line())


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("outcome", TOLD),
        ("intent", vocabulary.INTENTS),
        ("modality", vocabulary.MODALITIES),
        ("procedure", vocabulary.PROCEDURES),
        ("timing", vocabulary.TIMINGS),
        ("technique", [code for table in vocabulary.TECHNIQUES.values() for code in table]),
        ("kind", vocabulary.KINDS),
    ],
)
def test_every_code_has_its_phrase_and_no_phrase_is_left_over(table, codes):
    assert set(PHRASES[table]) == set(codes)


def test_every_treatment_is_said_in_whole_sentences_that_an_11_year_old_can_read():
    assert len(LINES) > 200
    for line in LINES:
        said = treatment_words(line)
        assert said.startswith("You will have ") or line.modality == "ablation", line
        assert said.endswith("."), line
        assert "{" not in said, line
        plain = said
        for drug in line.drugs:
            plain = plain.replace(drug, "drug")
        assert grade(plain) <= AGE_OF_11, (round(grade(plain), 1), said)


def test_drugs_are_named_and_left_out_where_none_is():
    assert "The name of the drug is imatinib." in treatment_words(
        Line("targeted_therapy", drugs=["imatinib"])
    )
    two = treatment_words(Line("chemotherapy", drugs=["doxorubicin", "ifosfamide"]))
    assert "The names of the drugs are doxorubicin and ifosfamide." in two
    three = treatment_words(Line("chemotherapy", drugs=["a", "b", "c"]))
    assert "are a, b and c." in three
    assert "name" not in treatment_words(Line("chemotherapy"))


@pytest.mark.parametrize("outcome", TOLD)
def test_every_patients_letter_reads_at_the_age_of_11(outcome):
    lines = [Line("radiotherapy", "", "neoadjuvant", "photon"), Line("surgery", "limb_sparing")]
    said = patient_words(
        outcome,
        intent="curative" if outcome == Outcome.AGREE_PLAN else "",
        treatments=lines if outcome == Outcome.AGREE_PLAN else (),
    )
    values = examples(LetterKind.PATIENT) | {
        "decision_in_plain_words": said.decided,
        "treatments_in_plain_words": said.treatments,
        "what_happens_next": said.happens_next,
        "added_text": "",
    }
    text = filled(built_in(LetterKind.PATIENT), values)
    prose = " ".join(block["text"] for block in blocks_of(text) if block["kind"] == "paragraph")
    assert grade(prose) <= AGE_OF_11, round(grade(prose), 1)
    assert ("Your treatment" in text) == (outcome == Outcome.AGREE_PLAN)


def test_someone_without_cancer_is_told_so_and_of_no_treatment():
    said = patient_words(Outcome.BENIGN)
    assert "They did not find a cancer." in said.decided[0]
    assert said.treatments == ()


def test_another_cancer_is_not_called_nothing():
    assert (
        "They show a cancer, but not the kind that this team treats."
        in patient_words("other_cancer").decided[0]
    )


def test_there_is_no_letter_of_no_decision():
    with pytest.raises(KeyError):
        patient_words(Outcome.NO_DECISION)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(
            ("team", 1),
            ("care", 1),
            ("agreed", 2),
            ("places", 2),
            ("people", 2),
            ("tumour", 2),
            ("needle", 2),
        ),
        *(("treatment", 2), ("hospital", 3), ("symptoms", 2), ("operation", 4), ("chemotherapy", 5)),
        *(("radiotherapy", 6), ("asleep", 2), ("choose", 1), ("area", 3), ("helped", 1), ("decided", 3)),
    ],
)
def test_the_formula_counts_syllables_as_people_do(word, count):
    assert syllables(word) == count


def test_the_formula_tells_easy_from_hard():
    assert grade("The cat sat on the mat. The dog ran.") < 2
    hard = "Multidisciplinary consideration of neoadjuvant radiotherapeutic intervention is recommended."
    assert grade(hard) > 15
