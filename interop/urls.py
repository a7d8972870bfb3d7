"""Addresses of the integration pages."""

from django.urls import path

from interop.views import clients, clients_steps, messages, webhooks, webhooks_steps

app_name = "interop"

urlpatterns = [
    path("", clients.client_list, name="clients"),
    path("new/", clients_steps.client_new, name="client_new"),
    path("sandbox/", clients_steps.sandbox_open, name="sandbox_open"),
    path("messages/", messages.message_list, name="messages"),
    path("samples/", messages.samples, name="samples"),
    path("webhooks/", webhooks.webhook_list, name="webhooks"),
    path("webhooks/new/", webhooks_steps.webhook_new, name="webhook_new"),
    path("webhooks/<int:pk>/", webhooks.webhook, name="webhook"),
    path("webhooks/<int:pk>/change/", webhooks_steps.webhook_change, name="webhook_change"),
    path("webhooks/<int:pk>/secret/", webhooks_steps.webhook_secret, name="webhook_secret"),
    path("webhooks/<int:pk>/switch/", webhooks_steps.webhook_switch, name="webhook_switch"),
    path("webhooks/<int:pk>/try/", webhooks_steps.webhook_try, name="webhook_try"),
    path("webhooks/<int:pk>/again/", webhooks_steps.webhook_again, name="webhook_again"),
    path("webhooks/<int:pk>/end/", webhooks_steps.webhook_end, name="webhook_end"),
    path(
        "webhooks/<int:pk>/messages/<int:message>/again/", webhooks_steps.message_again, name="message_again"
    ),
    path("<int:pk>/", clients.client, name="client"),
    path("<int:pk>/change/", clients_steps.client_change, name="client_change"),
    path("<int:pk>/secret/", clients_steps.client_secret, name="client_secret"),
    path("<int:pk>/close/", clients_steps.client_close, name="client_close"),
]
