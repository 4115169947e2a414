"""Where settings are kept: a database, its layouts, the audit log, export and import."""
