"""What clients no longer need to send again safely is forgotten in the background."""

from celery import shared_task

from accounts import services


@shared_task(expires=3600)
def forget_used(most: int = 10_000) -> None:
    """In small transactions, so that no long one holds up whoever sends meanwhile."""
    while services.forget_used(most=most):
        pass
