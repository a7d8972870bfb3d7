"""Records of trial registries, read: pure Python."""
