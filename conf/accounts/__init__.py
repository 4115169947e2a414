"""Who may log in: people and machines, their roles and passwords."""
