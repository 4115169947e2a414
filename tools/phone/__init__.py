"""A telephone for the command line, built on PJSIP: it calls the speaker, or waits to be called."""
