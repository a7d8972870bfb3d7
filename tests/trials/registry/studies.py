"""Invented studies in the shape of ClinicalTrials.gov (API v2)."""

import json
from copy import deepcopy

NCT = "NCT09900001"

STUDY = {
    "protocolSection": {
        "identificationModule": {
            "nctId": NCT,
            "orgStudyIdInfo": {"id": "WREN-01"},
            "secondaryIdInfos": [
                {"id": "2031-000123-45", "type": "EUDRACT_NUMBER"},
                {"id": "2031-500123-45-00", "type": "CTIS"},
                {"id": "ISRCTN 12345678", "type": "REGISTRY", "domain": "ISRCTN"},
                {"id": "1002003", "type": "OTHER", "domain": "IRAS project ID"},
                {"id": "CCR9999", "type": "OTHER", "domain": "Committee"},
            ],
            "organization": {"fullName": "Wren Hospital"},
            "briefTitle": "Wrenumab With Doxorubicin in Leiomyosarcoma",
            "officialTitle": "A Randomised Trial of Wrenumab With Doxorubicin in Advanced Leiomyosarcoma",
            "acronym": "WREN",
        },
        "statusModule": {
            "statusVerifiedDate": "2026-09",
            "overallStatus": "RECRUITING",
            "startDateStruct": {"date": "2025-03"},
            "completionDateStruct": {"date": "2029-12-31", "type": "ESTIMATED"},
            "lastUpdatePostDateStruct": {"date": "2026-09-14", "type": "ACTUAL"},
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Wren Hospital", "class": "OTHER"}},
        "descriptionModule": {"briefSummary": "Two arms.\r\nOne of them gets wrenumab."},
        "conditionsModule": {"conditions": ["Leiomyosarcoma", "Leiomyosarcoma", "Sarcoma"]},
        "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE1", "PHASE2"]},
        "armsInterventionsModule": {
            "armGroups": [
                {
                    "label": "Wrenumab",
                    "description": "Wrenumab every three weeks with doxorubicin.",
                    "interventionNames": ["Biological: Wrenumab", "Drug: Adriamycin", "Radiation: Boost"],
                },
                {"label": "Control", "interventionNames": ["Drug: Adriamycin", "Drug: Placebo for wrenumab"]},
            ],
            "interventions": [
                {"type": "BIOLOGICAL", "name": "Wrenumab", "armGroupLabels": ["Wrenumab"]},
                {"type": "DRUG", "name": "Adriamycin", "armGroupLabels": ["Wrenumab", "Control"]},
                {"type": "RADIATION", "name": "Boost", "armGroupLabels": ["Wrenumab"]},
                {"type": "DRUG", "name": "Placebo for wrenumab", "armGroupLabels": ["Control"]},
            ],
        },
        "eligibilityModule": {
            "eligibilityCriteria": "Inclusion Criteria:\n\n* Leiomyosarcoma",
            "sex": "ALL",
            "minimumAge": "16 Years",
            "maximumAge": "75 Years",
        },
        "contactsLocationsModule": {
            "centralContacts": [
                {
                    "name": "Trials Office",
                    "role": "CONTACT",
                    "phone": "020 7946 0001",
                    "email": "office@wren.example",
                }
            ],
            "locations": [
                {
                    "facility": "Wren Hospital",
                    "status": "RECRUITING",
                    "city": "London",
                    "country": "United Kingdom",
                    "contacts": [
                        {"name": "Dr Ivy Reed", "role": "PRINCIPAL_INVESTIGATOR"},
                        {
                            "name": "Sam Field",
                            "role": "CONTACT",
                            "phone": "020 7946 0002",
                            "phoneExt": "12",
                            "email": "sam.field@wren.example",
                        },
                    ],
                },
                {"facility": "Rook Infirmary", "city": "Leeds", "country": "United Kingdom"},
                {"facility": "Jay Clinic", "status": "COMPLETED", "city": "Lyon", "country": "France"},
            ],
        },
    },
    "derivedSection": {"miscInfoModule": {"versionHolder": "2026-10-01"}},
    "hasResults": False,
}


def study(nct: str = NCT, **modules):
    """The study, with modules changed (`statusModule={…}`) or taken away (`statusModule=None`)."""
    made = deepcopy(STUDY)
    protocol = made["protocolSection"]
    protocol["identificationModule"]["nctId"] = nct
    if nct != NCT:
        protocol["identificationModule"]["secondaryIdInfos"] = []
    for name, changes in modules.items():
        if changes is None:
            del protocol[name]
        else:
            protocol.setdefault(name, {}).update(deepcopy(changes))
    return made


def updated(day: str, nct: str = NCT, *, version: str | None = None, status: dict | None = None, **modules):
    """The study as the registry posted it on another day."""
    made = study(nct, statusModule={"lastUpdatePostDateStruct": {"date": day}} | (status or {}), **modules)
    made["derivedSection"]["miscInfoModule"]["versionHolder"] = version or day
    return made


def as_file(*studies) -> bytes:
    return json.dumps(studies[0] if len(studies) == 1 else {"studies": studies}).encode()
