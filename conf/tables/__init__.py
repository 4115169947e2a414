"""Settings as plain tables, before they are checked and when they are written."""
