"""Sample rates: whole factors, ratios, and ratios that move with a clock."""
