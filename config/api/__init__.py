"""What the API's endpoints share, for the rooms that have them."""

from config.api.bodies import Body, Text, Whole
from config.api.endpoint import NUMBER, REFERENCE, Endpoint, MayUse, OfTeam, PatientReads
from config.api.paging import Pages
from config.api.parsing import StrictJSON
from config.api.rows import OrganisationRow, Person, Row, TeamRow

__all__ = [
    "NUMBER",
    "REFERENCE",
    "Body",
    "Endpoint",
    "MayUse",
    "OfTeam",
    "OrganisationRow",
    "Pages",
    "PatientReads",
    "Person",
    "Row",
    "StrictJSON",
    "TeamRow",
    "Text",
    "Whole",
]
