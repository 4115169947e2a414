"""Figures of the device for those who watch many devices: Prometheus."""
