"""Addresses of the cases pages; none holds a detail of a patient."""

from django.urls import include, path

from cases import import_urls
from cases.views import (
    calculator,
    changes,
    codes,
    documents,
    duplicates,
    facts,
    listing,
    needs,
    referrals,
    reports,
    staging,
)

app_name = "cases"

case_pages = [
    path("", listing.case_list, name="list"),
    path("referrals/", referrals.referral_list, name="referral_list"),
    path("referrals/new/", referrals.referral_new, name="referral_new"),
    path("referrals/<int:pk>/", referrals.referral, name="referral"),
    path("referrals/<int:pk>/accept/", referrals.accept, name="referral_accept"),
    path("referrals/<int:pk>/return/", referrals.send_back, name="referral_return"),
    path("referrals/<int:pk>/decline/", referrals.decline, name="referral_decline"),
    path("referrals/<int:pk>/resubmit/", referrals.resubmit, name="referral_resubmit"),
    path("codes/", codes.codes, name="codes"),
    path("reports/", reports.report_waiting, name="report_waiting"),
    *import_urls.urlpatterns,
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/<int:one>/<int:other>/", duplicates.duplicate, name="duplicate"),
    path("duplicates/<int:one>/<int:other>/apart/", duplicates.duplicate_apart, name="duplicate_apart"),
    path(
        "duplicates/<int:one>/<int:other>/apart/back/",
        duplicates.duplicate_apart_back,
        name="duplicate_apart_back",
    ),
    path("merges/<int:pk>/", duplicates.patient_merge, name="patient_merge"),
    path("documents/<int:pk>/", documents.document_file, name="document_file"),
    path("documents/<int:pk>/remove/", documents.document_remove, name="document_remove"),
    path("images/<int:pk>/remove/", documents.image_remove, name="image_remove"),
    path("<str:reference>/documents/", documents.documents, name="documents"),
    path("<str:reference>/documents/new/", documents.document_new, name="document_new"),
    path("<str:reference>/images/new/", documents.image_new, name="image_new"),
    path("<str:reference>/facts/", facts.facts, name="facts"),
    path("<str:reference>/record/<slug:what>/", facts.record, name="record"),
    path("<str:reference>/pathology/new/", reports.pathology_new, name="pathology_new"),
    path("<str:reference>/imaging/new/", reports.imaging_new, name="imaging_new"),
    path("<str:reference>/stage/<slug:basis>/override/", staging.stage_override, name="stage_override"),
    path("<str:reference>/stage/<slug:basis>/withdraw/", staging.stage_withdraw, name="stage_withdraw"),
    path("<str:reference>/gist-percentages/", staging.afip_percentages, name="afip_percentages"),
    path("<str:reference>/needs/new/", needs.needs_new, name="needs_new"),
    path("<str:reference>/report/ask/", changes.report_ask, name="report_ask"),
    path("<str:reference>/patient/", changes.patient_change, name="patient_change"),
    path("<str:reference>/change/", changes.case_change, name="case_change"),
    path("<str:reference>/death/", changes.death, name="death"),
    path("<str:reference>/close/", changes.close, name="close"),
    path("<str:reference>/episode/new/", changes.episode_new, name="episode_new"),
]

urlpatterns = [
    path("calculator/", calculator.calculator, name="calculator"),
    path("cases/", include(case_pages)),
]
