"""VAPIX: the HTTP interface that video management systems and installers know from such devices."""
