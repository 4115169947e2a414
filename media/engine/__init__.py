"""The sound engine: ticks, commands and events, and who owns the loudspeaker."""
