"""Tests on real files that are not part of this repository: REAL_DATA_DIR names their folder."""
