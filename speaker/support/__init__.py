"""What support asks for: reports on the whole device, archives of its logs, recorded traffic."""
