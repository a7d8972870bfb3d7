"""What waits in the broker, asked within a second or so."""

from contextlib import suppress

from celery import current_app
from kombu.exceptions import ChannelError
from kombu.transport.virtual import Channel

QUICK = {"socket_timeout": 1, "socket_connect_timeout": 1, "retry_on_timeout": False}


def waiting() -> int | None:
    """How many tasks wait for a worker; None where the broker does not answer."""
    connection = current_app.connection_for_read(transport_options=QUICK)
    transport = connection.transport  # asked once: the connection itself would wait and try again
    try:
        session = transport.establish_connection()
        try:
            return _length(transport.create_channel(session), current_app.conf.task_default_queue)
        finally:
            transport.close_connection(session)
    except (*connection.connection_errors, *connection.channel_errors):
        return None


def _length(channel: Channel, queue: str) -> int:
    with suppress(ChannelError):  # an empty queue is not there
        return int(channel.queue_declare(queue, passive=True).message_count)
    return 0
