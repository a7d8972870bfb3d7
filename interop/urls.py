"""Addresses of the integration pages."""

from django.urls import path

from interop.views import clients, clients_steps, messages

app_name = "interop"

urlpatterns = [
    path("", clients.client_list, name="clients"),
    path("new/", clients_steps.client_new, name="client_new"),
    path("sandbox/", clients_steps.sandbox_open, name="sandbox_open"),
    path("messages/", messages.message_list, name="messages"),
    path("samples/", messages.samples, name="samples"),
    path("<int:pk>/", clients.client, name="client"),
    path("<int:pk>/change/", clients_steps.client_change, name="client_change"),
    path("<int:pk>/secret/", clients_steps.client_secret, name="client_secret"),
    path("<int:pk>/close/", clients_steps.client_close, name="client_close"),
]
