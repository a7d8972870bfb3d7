"""The floor: a bare signed-in Django view on the same database, driver and server."""
