"""What the loudspeaker plays, and who wins it: clips, pages, priorities."""
