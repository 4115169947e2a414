"""Why is there no sound? The rules that judge a call, in words that an installer understands."""
