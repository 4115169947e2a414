"""Certificates of the device: its own with their keys, and those that it trusts."""
