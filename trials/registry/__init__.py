"""Records of ClinicalTrials.gov (API v2), read: pure Python."""
