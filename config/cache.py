"""Counts that all processes share: a cache in Valkey or Redis that counts in one round trip, or one of each process."""

import logging
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

PATIENCE_SECONDS = 0.25

logger = logging.getLogger(__name__)


class SharedCache(RedisCache):
    """Of all processes. One that is away refuses nobody: what it would have counted goes uncounted, and is logged."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        params.setdefault("OPTIONS", {}).update(
            socket_timeout=PATIENCE_SECONDS,
            socket_connect_timeout=PATIENCE_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        super().__init__(server, params)

    def one_more(self, key: str, seconds: int) -> int:
        """How many since the count began, which it forgets so long after the last; 0 where nobody can say."""
        name = self.make_and_validate_key(key)
        pipeline = self._cache.get_client(name, write=True).pipeline(transaction=False)
        pipeline.incr(name)
        pipeline.expire(name, seconds)
        try:
            return int(pipeline.execute()[0])
        except RedisError:
            logger.warning("The cache does not answer: requests are not counted.")
            return 0


class OwnCache(LocMemCache):
    """Of this process alone, where CACHE_URL names none that is shared."""

    def one_more(self, key: str, seconds: int) -> int:
        while True:
            self.add(key, 0, seconds)
            try:
                return int(self.incr(key))
            except ValueError:
                # Culled or over between the two calls.
                continue
