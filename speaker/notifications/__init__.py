"""Who is told when something happens, and how: by HTTP, by email, by TCP."""
