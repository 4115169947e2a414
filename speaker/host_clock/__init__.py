"""The machine's clock and the program that keeps it right: chrony, or systemd-timesyncd."""
