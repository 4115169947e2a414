"""The speaker as a service of a real systemd: `make service`. Not part of `make test`."""
