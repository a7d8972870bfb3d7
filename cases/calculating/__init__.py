"""Grade, stage and risk of a tumour from what is typed alone: nothing is fetched, stored or logged."""

from cases.calculating.answers import Calculation, calculate
from cases.calculating.asked import KEYS, SPECIMENS

__all__ = ["KEYS", "SPECIMENS", "Calculation", "calculate"]
