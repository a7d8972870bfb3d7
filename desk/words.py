"""What a page calls the places where a record was read."""

PLACES = {
    "desk:home": "My work",
    "desk:search": "Search",
    "desk:case": "Summary",
    "desk:timeline": "Timeline",
    "desk:discussions": "Plans and discussions",
    "desk:follow_up": "Referrals and reviews",
    "desk:who_looked": "Who looked",
    "desk:outcomes": "Own patients",
    "desk:outcome": "Outcome",
    "cases:list": "Case list",
    "cases:facts": "Clinical facts",
    "cases:referral": "Referral",
    "cases:referral_list": "Referrals",
    "cases:report_waiting": "Reports waiting",
    "cases:pathology_new": "Pathology report",
    "cases:imaging_new": "Imaging report",
    "cases:record": "Recording a fact",
    "cases:documents": "Documents and images",
    "cases:document_new": "Adding a document",
    "cases:document_file": "Document, downloaded",
    "cases:document_remove": "Removing a document",
    "cases:image_new": "Linking images",
    "cases:image_remove": "Removing a link to images",
    "cases:needs_new": "Recording needs",
    "cases:stage_override": "Overriding a stage",
    "cases:stage_withdraw": "Withdrawing an override",
    "cases:afip_percentages": "AFIP percentages",
    "treatments:plan": "Plan",
    "treatments:plan_new": "New plan",
    "treatments:waiting": "Plans waiting",
    "treatments:deliver": "Recording a treatment",
    "treatments:deliveries": "Treatments to come",
    "mdt:meeting": "Meeting list",
    "mdt:listing": "Meeting, this case",
    "mdt:proposals": "Building a meeting list",
    "mdt:arrange": "Arranging a meeting list",
    "mdt:set_aside": "Leaving a case off a meeting",
    "mdt:list_case": "Putting on a meeting list",
    "mdt:listing_change": "Changing a listing",
    "mdt:listing_off": "Taking off a meeting list",
    "mdt:listing_refuse": "Refusing a late addition",
    "mdt:decision": "Decision",
    "mdt:standard_confirm": "Confirming a standard of care",
    "mdt:standard_pull_back": "Pulling a case back to discussion",
    "followup:reviews": "Reviews due",
    "followup:review": "Review",
    "followup:opinions": "Second opinions",
    "followup:opinion": "Second opinion",
}


def surface(view: str) -> str:
    """The page's name, or for the interface the endpoint's."""
    return PLACES.get(
        view, view.replace("api:", "Interface: ").replace(":", ", ").replace("_", " ").replace("-", " ")
    )
