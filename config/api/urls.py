"""Version 1 of the API: each room's endpoints, the token endpoint, and the document that describes them."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from accounts.authentication import Tokens
from cases.api import OF_CASES, Cases, Codes, Duplicates, Merges, Patients, Referrals
from cases.api.calculator import Calculator
from config.api import limits
from config.api.schema import Browse, Document
from followup.api import Reviews, Schedules, SecondOpinions
from interop.changes.api import Changes
from interop.webhooks.api import WebhookMessages, Webhooks
from mdt.api import Actions, Attendances, Decisions, Gaps, Letters, Listings, Meetings
from reports.api import ConcordanceReport
from reports.figure_api import FiguresReport
from treatments.api import Checks, GuidanceCheck, GuidanceRules, Plans
from trials.api import Trials
from trials.enquiry_api import Enquiries
from trials.match_api import CaseTrials, Matches, ScreeningAnswers
from trials.referral_api import TrialReferrals

app_name = "api"

router = SimpleRouter()
router.register("patients", Patients, "patient")
router.register("duplicates", Duplicates, "duplicate")
router.register("merges", Merges, "merge")
router.register("cases", Cases, "case")
router.register("referrals", Referrals, "referral")
for address, endpoint in OF_CASES.items():
    router.register(address, endpoint, address)
router.register("meetings", Meetings, "meeting")
router.register("listings", Listings, "listing")
router.register("attendances", Attendances, "attendance")
router.register("gaps", Gaps, "gap")
router.register("decisions", Decisions, "decision")
router.register("actions", Actions, "action")
router.register("letters", Letters, "letter")
router.register("plans", Plans, "plan")
router.register("checks", Checks, "check")
router.register("reviews", Reviews, "review")
router.register("schedules", Schedules, "schedule")
router.register("second-opinions", SecondOpinions, "second-opinion")
router.register("enquiries", Enquiries, "enquiry")
router.register("trials", Trials, "trial")
router.register("matches", Matches, "match")
router.register("case-trials", CaseTrials, "case-trial")
router.register("screening-answers", ScreeningAnswers, "screening-answer")
router.register("trial-referrals", TrialReferrals, "trial-referral")
router.register("changes", Changes, "change")
router.register("webhooks", Webhooks, "webhook")
router.register("webhook-messages", WebhookMessages, "webhook-message")

urlpatterns = [
    path("token/", limits.for_tokens(Tokens.as_view()), name="token"),
    path("schema/", Document.as_view(), name="schema"),
    path("docs/", Browse.as_view(url_name="api:schema"), name="docs"),
    path("calculator/", Calculator.as_view({"post": "work_out"}), name="calculator"),
    path("guidance/check/", GuidanceCheck.as_view({"post": "check"}), name="guidance-check"),
    path("guidance/rules/", GuidanceRules.as_view({"get": "rules"}), name="guidance-rules"),
    path("morphologies/", Codes.as_view({"get": "morphologies"}), name="morphologies"),
    path("topographies/", Codes.as_view({"get": "topographies"}), name="topographies"),
    path("reports/concordance/", ConcordanceReport.as_view({"get": "count"}), name="reports-concordance"),
    path("reports/figures/", FiguresReport.as_view({"get": "count"}), name="reports-figures"),
    *router.urls,
]
