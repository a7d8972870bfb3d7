"""What the API's endpoints share, for the rooms that have them."""

from config.api.acts import act, makes
from config.api.bodies import Body, Text, Whole
from config.api.endpoint import NUMBER, REFERENCE, Endpoint, MayUse, PatientReads
from config.api.paging import Pages
from config.api.parsing import StrictJSON
from config.api.reading import ListFilters, OfTeam, ReadMany, ReadOne
from config.api.rows import OrganisationRow, Person, Row, TeamRow, with_many

__all__ = [
    "NUMBER",
    "REFERENCE",
    "Body",
    "Endpoint",
    "ListFilters",
    "MayUse",
    "OfTeam",
    "OrganisationRow",
    "Pages",
    "PatientReads",
    "Person",
    "ReadMany",
    "ReadOne",
    "Row",
    "StrictJSON",
    "TeamRow",
    "Text",
    "Whole",
    "act",
    "makes",
    "with_many",
]
