"""Management reports and exports."""
