"""The meeting screen: one case fills it, whoever is there, and recording the decision."""
