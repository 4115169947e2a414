"""The JSON API under `/api/v1`: its names are those of the settings and of the bus."""
