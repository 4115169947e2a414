"""Drivers of the programs that meet in the interop tests; each owns the process it started."""
