"""The figures of the meetings: who was there, what was decided, and what came of it; counted by the database."""

from reports.figures.asked import FIGURE_YEARS, Asked
from reports.figures.counting import figures
from reports.figures.found import Column, Found, Line, share

__all__ = ["FIGURE_YEARS", "Asked", "Column", "Found", "Line", "figures", "share"]
