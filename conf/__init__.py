"""Settings: models, layers, problems. Knows no device."""
