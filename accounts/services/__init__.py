"""Every write about people and clients."""

from accounts.services.clients import (
    ANSWERS_KEPT,
    Opened,
    change_client,
    end_client,
    forget_used,
    open_client,
    renew_secret,
)
from accounts.services.people import (
    must_manage,
    retry_deliveries,
    save_record,
    show_afip_percentages,
    use_single_keys,
)
from accounts.services.sandbox import open_sandbox

__all__ = [
    "ANSWERS_KEPT",
    "Opened",
    "change_client",
    "end_client",
    "forget_used",
    "must_manage",
    "open_client",
    "open_sandbox",
    "renew_secret",
    "retry_deliveries",
    "save_record",
    "show_afip_percentages",
    "use_single_keys",
]
