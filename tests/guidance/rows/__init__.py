"""Cases and plans that fire each rule, and their near misses, one module for each module of the rules.

A row that fires: rule, case, plan, the findings as (severity, treatment), and for TRIAL-1 the matches of the register.
A near miss: rule, case, plan. `manage.py reference` counts them for the coverage table.
"""

from tests.guidance.rows import (
    chemotherapy,
    fitness,
    immunotherapy,
    missing,
    offers,
    radiotherapy,
    sequence,
    spread,
    surgery,
    targeted,
)

MODULES = (
    missing,
    fitness,
    surgery,
    radiotherapy,
    sequence,
    chemotherapy,
    targeted,
    spread,
    immunotherapy,
    offers,
)
FIRES = [row for module in MODULES for row in module.FIRES]
SILENT = [row for module in MODULES for row in module.SILENT]
