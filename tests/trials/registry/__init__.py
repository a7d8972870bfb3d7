"""Reading a registry's records: invented studies, and the real files where they are."""
