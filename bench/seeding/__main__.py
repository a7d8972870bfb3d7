"""`python -m bench.seeding N`: seeds the database that the environment names; bench.seed makes it first."""

import sys

import django

django.setup()

from bench.seeding.seeder import seed  # noqa: E402  (models need the set-up first)

seed(cases=int(sys.argv[1]))
