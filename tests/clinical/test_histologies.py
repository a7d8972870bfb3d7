"""The whole list of histologies: each by name, code, flags and older codes; what people type to find them."""

import pytest

from cases.clinical import icdo3
from cases.clinical.grading import advice, not_applied
from cases.clinical.routing import route
from cases.clinical.staging_tables import exclusions

BY_SLUG = {entry.slug: entry for entry in icdo3.all_morphologies()}

# code, flags, words of the name. G GIST, E Ewing family, R rhabdomyosarcoma, N NY-ESO-1 associated, F FNCLCC not
# applied, B bone, I intermediate, X not staged in UICC's groups; V newer than ICD-O-3 (2000), C changed since.
LIST = """
8850/1 IFC atypical lipomatous tumour
8851/3 -   liposarcoma well differentiated
8858/3 -   dedifferentiated liposarcoma
8852/3 N   myxoid liposarcoma
8854/3 -   pleomorphic liposarcoma
8859/3 V   myxoid pleomorphic liposarcoma
8850/3 -   liposarcoma NOS
8821/1 IFX desmoid-type fibromatosis
8813/1 IF  palmar plantar fibromatosis
8815/1 IFV solitary fibrous tumour NOS
8815/3 F   solitary fibrous tumour malignant
8825/1 IF  inflammatory myofibroblastic tumour
8825/3 V   low-grade myofibroblastic sarcoma
8810/1 IFV superficial CD34-positive fibroblastic tumour
8811/1 IFV myxoinflammatory fibroblastic sarcoma
8814/3 F   infantile fibrosarcoma
8810/3 -   adult fibrosarcoma
8811/3 -   myxofibrosarcoma
8840/3 C   low-grade fibromyxoid sarcoma
8840/3 C   sclerosing epithelioid fibrosarcoma
8832/1 IFCX dermatofibrosarcoma protuberans NOS
8832/3 X   dermatofibrosarcoma protuberans fibrosarcomatous
8834/1 IF  giant cell fibroblastoma
8835/1 IF  plexiform fibrohistiocytic tumour
9251/1 IF  giant cell tumour of soft tissue
9252/1 IF  tenosynovial giant cell tumour diffuse
9252/3 -   tenosynovial giant cell tumour malignant
9120/3 FX  angiosarcoma
9133/3 F   epithelioid haemangioendothelioma
9138/1 IFV pseudomyogenic haemangioendothelioma
9136/1 IFC retiform composite haemangioendothelioma
9140/3 FX  kaposi sarcoma
8711/3 -   glomus tumour malignant
8890/3 -   leiomyosarcoma NOS
8891/3 -   epithelioid leiomyosarcoma
8896/3 -   myxoid leiomyosarcoma
8897/1 IF  smooth muscle tumour uncertain malignant potential
8900/3 RF  rhabdomyosarcoma NOS
8910/3 RF  embryonal rhabdomyosarcoma
8920/3 RF  alveolar rhabdomyosarcoma
8901/3 RF  pleomorphic rhabdomyosarcoma
8912/3 RF  spindle cell sclerosing rhabdomyosarcoma
8921/3 RF  ectomesenchymoma
8936/3 GFC gastrointestinal stromal tumour
9180/3 -   extraskeletal osteosarcoma
9540/3 F   malignant peripheral nerve sheath tumour NOS
9542/3 FV  epithelioid malignant peripheral nerve sheath tumour
9561/3 F   malignant triton tumour
9540/3 F   malignant melanotic nerve sheath tumour
9580/3 -   granular cell tumour malignant
9571/3 -   perineurioma malignant
9040/3 N   synovial sarcoma NOS
9041/3 N   synovial sarcoma spindle cell
9043/3 N   synovial sarcoma biphasic
8804/3 F   epithelioid sarcoma classic proximal
9581/3 F   alveolar soft part sarcoma
9044/3 F   clear cell sarcoma of soft tissue
9231/3 F   extraskeletal myxoid chondrosarcoma
8806/3 F   desmoplastic small round cell tumour
8963/3 F   extrarenal rhabdoid tumour
8714/3 FV  pecoma malignant
9137/3 V   intimal sarcoma
8842/3 V   ossifying fibromyxoid tumour malignant
8982/3 -   myoepithelial carcinoma
8990/3 -   phosphaturic mesenchymal tumour malignant
8836/1 IF  angiomatoid fibrous histiocytoma
8801/3 -   NTRK-rearranged spindle cell neoplasm
8805/3 -   undifferentiated sarcoma
8801/3 -   undifferentiated spindle cell sarcoma
8802/3 -   undifferentiated pleomorphic sarcoma
8803/3 F   undifferentiated round cell sarcoma
8800/3 -   sarcoma NOS
9364/3 EFC ewing sarcoma
9366/3 FV  round cell sarcoma EWSR1::non-ETS fusion
9367/3 FV  CIC-rearranged sarcoma
9368/3 FV  sarcoma BCOR genetic alterations
9222/1 BIFV atypical cartilaginous tumour
9222/3 BFV chondrosarcoma grade 1
9220/3 BF  chondrosarcoma grade 2 3
9221/3 BFX periosteal chondrosarcoma
9242/3 BF  clear cell chondrosarcoma
9240/3 BF  mesenchymal chondrosarcoma
9243/3 BF  dedifferentiated chondrosarcoma
9180/3 BF  osteosarcoma NOS
9183/3 BF  telangiectatic osteosarcoma
9185/3 BF  small cell osteosarcoma
9187/3 BF  low-grade central osteosarcoma
9192/3 BFX parosteal osteosarcoma
9193/3 BFX periosteal osteosarcoma
9194/3 BFX high-grade surface osteosarcoma
9184/3 BF  secondary osteosarcoma paget radiation
9250/1 BIF giant cell tumour of bone
9250/3 BF  giant cell tumour of bone malignant
9370/3 BF  chordoma conventional
9370/3 BF  chordoma poorly differentiated
9372/3 BF  dedifferentiated chordoma
9261/3 BF  adamantinoma of long bones
9261/1 BIFV osteofibrous dysplasia-like adamantinoma
8823/1 BIFV desmoplastic fibroma of bone
8810/3 BF  fibrosarcoma of bone
8802/3 BF  undifferentiated pleomorphic sarcoma of bone
8890/3 BF  leiomyosarcoma of bone
9120/3 BF  angiosarcoma of bone
8931/3 F   low-grade endometrial stromal sarcoma
8930/3 F   high-grade endometrial stromal sarcoma
8933/3 F   uterine adenosarcoma
9020/3 F   phyllodes tumour breast malignant
8991/3 F   embryonal sarcoma of liver
"""
ROWS = [tuple(line.split(maxsplit=2)) for line in LIST.strip().splitlines()]
UICC_EXCLUDED_AS_INTERMEDIATE = {"8813/1", "8832/1", "8821/1"}


def words(text):
    return set(text.lower().replace(",", " ").replace("(", " ").replace(")", " ").split())


def named(code, name):
    """The shortest name with this code that holds all these words."""
    fitting = [entry for entry in icdo3.morphology(code) if words(name) <= words(entry.term)]
    assert fitting, f"{code} {name} is not in the list"
    return min(fitting, key=lambda entry: len(entry.term))


def test_the_list_holds_more_than_a_hundred_histologies():
    assert len(ROWS) == 108
    assert {named(code, name).slug for code, _, name in ROWS} <= {e.slug for e in icdo3.all_morphologies()}
    assert len({named(code, name).slug for code, _, name in ROWS}) == 108


@pytest.mark.parametrize(("code", "flags", "name"), ROWS)
def test_each_histology_has_its_flags(code, flags, name):
    entry = named(code, name)
    shown = "".join(sorted(entry.flags - {"O", "U", "W"}))
    assert shown == "".join(sorted(set(flags) - {"-", "X"}))


@pytest.mark.parametrize(("code", "flags", "name"), ROWS)
def test_each_histology_is_found_by_its_name_and_its_code(code, flags, name):
    entry = named(code, name)
    assert entry in icdo3.search_morphology(name, limit=5)
    assert entry in icdo3.search_morphology(code)


@pytest.mark.parametrize(("code", "flags", "name"), ROWS)
def test_uicc_stages_none_that_it_excludes_and_all_others(code, flags, name):
    bone = "B" in flags
    way = route(morphology=code, topography="C40.2" if bone else "C49.2", family=None, edition="UICC8")
    chapter = "bone" if bone else "soft_tissue"
    listed = ("UICC8", chapter, code[:4]) in exclusions()
    assert listed == ("X" in flags)
    assert (way.status == "not_applicable") == ("X" in flags or "I" in flags)


@pytest.mark.parametrize(
    ("old", "slug"),
    [
        ("8830/3", "ups"),
        ("8853/3", "mlps"),
        ("9260/3", "ewing"),
        ("9365/3", "ewing"),
        ("8936/1", "gist"),
        ("9181/3", "osteosarcoma"),
        ("9182/3", "osteosarcoma"),
        ("9186/3", "osteosarcoma"),
        ("9371/3", "chordoma"),
    ],
)
def test_an_older_code_is_read_and_found_as_what_it_now_is(old, slug):
    entry = BY_SLUG[slug]
    assert icdo3.morphology(old)[0] == entry
    assert icdo3.search_morphology(old)[0] == entry
    assert icdo3.search_morphology(old[:4])[0] == entry


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("UPS", "ups"),
        ("MFH", "ups"),
        ("LMS", "lms"),
        ("ALT", "alt"),
        ("WDLPS", "wdlps"),
        ("DDLPS", "ddlps"),
        ("MLPS", "mlps"),
        ("PLPS", "plps"),
        ("DTF", "desmoid"),
        ("SFT", "sft"),
        ("IMT", "imt"),
        ("MFS", "myxofibrosarcoma"),
        ("LGFMS", "lgfms"),
        ("SEF", "sef"),
        ("DFSP", "dfsp"),
        ("FS-DFSP", "dfsp-fs"),
        ("TGCT", "tgct"),
        ("PVNS", "tgct"),
        ("EHE", "ehe"),
        ("STUMP", "stump"),
        ("RMS", "rms"),
        ("ERMS", "erms"),
        ("ARMS", "arms"),
        ("PRMS", "prms"),
        ("GIST", "gist"),
        ("ESOS", "osteosarcoma-extraskeletal"),
        ("MPNST", "mpnst"),
        ("MTT", "triton"),
        ("ASPS", "asps"),
        ("CCS", "ccs"),
        ("EMC", "emc"),
        ("DSRCT", "dsrct"),
        ("AFH", "afh"),
        ("NTRK", "ntrk"),
        ("L-NTRK", "ntrk"),
        ("EWS", "ewing"),
        ("PNET", "ewing"),
        ("CIC", "cic"),
        ("BCOR", "bcor"),
        ("ACT", "act"),
        ("GCTB", "gctb"),
        ("LGESS", "lgess"),
    ],
)
def test_an_abbreviation_finds_its_histology_first(typed, slug):
    assert icdo3.search_morphology(typed)[0].slug == slug
    assert icdo3.search_morphology(typed.lower())[0].slug == slug


@pytest.mark.parametrize("typed", ["8858/3", "88583", "M88583", "m8858/3", "M-88583", " 8858/3 "])
def test_a_code_is_found_however_a_laboratory_writes_it(typed):
    assert icdo3.search_morphology(typed)[0].slug == "ddlps"


@pytest.mark.parametrize("typed", ["C49.2", "c492", "C492"])
def test_a_site_is_found_however_its_code_is_written(typed):
    assert icdo3.search_topography(typed)[0].code == "C49.2"


@pytest.mark.parametrize(
    "slug", ["cd34-tumour", "ewing", "desmoid", "sft", "sft-malignant", "glomus-malignant", "gist"]
)
def test_what_waits_for_the_code_table_says_so(slug):
    entry = BY_SLUG[slug]
    assert entry.is_code_to_be_checked
    assert "to be checked" in entry.note


def test_every_code_that_waits_for_the_table_says_which_it_is():
    waiting = [each.note for each in icdo3.all_morphologies() if each.is_code_to_be_checked]
    assert all("to be checked" in note or "without a code" in note for note in waiting)


@pytest.mark.parametrize("code", ["8814/3", "9133/3", "9140/3", "9561/3"])
def test_a_reason_against_grading_that_waits_for_its_source_says_so(code):
    assert not_applied(code).text.endswith("(to be checked)")
    told = advice(morphology=code, topography=None, specimen_kind=None, after_neoadjuvant=None)
    assert "This reason is to be checked." in told[0].text


@pytest.mark.parametrize("code", ["9540/3", "9120/3", "9231/3", "8936/3"])
def test_a_reason_against_grading_that_has_its_source_does_not(code):
    assert "to be checked" not in not_applied(code).text


def test_the_emerging_entity_without_a_code_of_its_own_says_so():
    entry = BY_SLUG["ntrk"]
    assert entry.code == "8801/3"
    assert "L-NTRK" in entry.synonyms
    assert "without a code" in entry.note


# Region and family of each site, as chapters of the manuals have them.
REGIONS = [
    ("head_neck", "head_neck", "C49.0 C47.0 C00.9 C02.9 C07.9 C11.9 C14.0 C30.0 C31.0 C32.9 C69.6 C76.0"),
    ("upper_limb", "trunk_extremity", "C49.1 C47.1 C44.6"),
    ("lower_limb", "trunk_extremity", "C49.2 C47.2 C44.7"),
    (
        "trunk_wall",
        "trunk_extremity",
        "C49.3 C49.4 C49.5 C49.6 C47.3 C47.4 C47.5 C47.6 C44.5 C50.0 C50.4 C50.9",
    ),
    ("skin", "trunk_extremity", "C44.0 C44.3 C44.4 C44.8 C44.9"),
    ("retroperitoneum", "retroperitoneum", "C48.0"),
    ("peritoneum", "visceral", "C48.1 C48.2"),
    ("peritoneum", None, "C48.8"),
    ("thoracic_visceral", "visceral", "C33.9 C34.1 C34.9 C37.9 C38.0 C38.1 C38.2 C38.3 C38.4 C38.8"),
    ("gi_tract", "visceral", "C15.9 C16.0 C16.9 C17.0 C17.1 C17.2 C17.9 C18.3 C18.9 C19.9 C20.9 C21.0"),
    (
        "abdominal_visceral",
        "visceral",
        "C22.0 C23.9 C24.0 C25.9 C26.9 C51.9 C52.9 C53.9 C56.9 C57.0 C58.9 C60.9 C61.9 C62.9 C63.1 C64.9 "
        "C65.9 C66.9 C67.9 C68.0 C74.9",
    ),
    ("abdominal_visceral", "uterus", "C54.0 C54.1 C54.2 C54.3 C54.8 C54.9 C55.9"),
    (
        "bone_appendicular",
        "bone_appendicular",
        "C40.0 C40.1 C40.2 C40.3 C40.8 C40.9 C41.0 C41.1 C41.3 C41.8 C41.9",
    ),
    ("bone_spine", "bone_spine", "C41.2"),
    ("bone_pelvis", "bone_pelvis", "C41.4"),
    ("unknown", "trunk_extremity", "C47.8 C47.9 C49.8 C49.9"),
    ("unknown", None, "C80.9 C76.1 C76.3 C73.9"),
    ("central_nervous_system", None, "C70.0 C70.1 C71.0 C71.9 C72.0"),
]


@pytest.mark.parametrize(
    ("code", "region", "family"),
    [(code, region, family) for region, family, codes in REGIONS for code in codes.split()],
)
def test_a_site_belongs_to_its_region_and_leads_to_its_family(code, region, family):
    site = icdo3.topography(code)
    assert (site.region, site.family) == (region, family)


@pytest.mark.parametrize(
    ("code", "question"),
    [("C49.4", "retroperitoneal"), ("C41.4", "spine"), ("C44.7", "skin")],
)
def test_a_site_that_is_often_coded_otherwise_asks(code, question):
    assert question in icdo3.topography(code).hint
