"""Addresses of second opinions: those that a team asks for, and those that it is asked for."""

from django.urls import path

from followup.views import asked, opinions, sending

urlpatterns = [
    path("opinions/", opinions.opinion_list, name="opinions"),
    path("opinions/new/<str:reference>/", opinions.opinion_new, name="opinion_new"),
    path("opinions/<int:pk>/", opinions.opinion, name="opinion"),
    path("opinions/<int:pk>/change/", opinions.opinion_change, name="opinion_change"),
    path("opinions/<int:pk>/not-listed/", opinions.opinion_not_listed, name="opinion_not_listed"),
    path("opinions/<int:pk>/consent/", sending.consent, name="opinion_consent"),
    path("opinions/<int:pk>/send/", sending.send, name="opinion_send"),
    path("opinions/<int:pk>/pack/", sending.pack, name="opinion_pack"),
    path("opinions/<int:pk>/bundle/", sending.bundle, name="opinion_bundle"),
    path("opinions/<int:pk>/share/", sending.share, name="opinion_share"),
    path("opinions/<int:pk>/share/end/", sending.end_share, name="opinion_share_end"),
    path("opinions/<int:pk>/log/", sending.log, name="opinion_log"),
    path("asked/", asked.asked_list, name="opinions_asked"),
    path("asked/<int:pk>/", asked.asked_of_us, name="opinion_asked"),
    path("asked/<int:pk>/documents/<int:document_pk>/", asked.document, name="opinion_document"),
    path("asked/<int:pk>/acknowledge/", asked.acknowledge, name="opinion_acknowledge"),
    path("asked/<int:pk>/decline/", asked.decline, name="opinion_decline"),
]
