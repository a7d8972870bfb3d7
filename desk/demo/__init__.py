"""The demonstration centre: invented people and patients, made by walking the services."""
