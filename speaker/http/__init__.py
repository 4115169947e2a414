"""The HTTP side: its doors, who may pass them, and the application behind."""
