"""Files and folders that only the device may read, and that outlast a power cut."""
