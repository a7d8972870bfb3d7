"""People, organisations, teams, roles: who may do what, on one screen."""
