"""Messages with something wrong in them."""

import random


def mutated(data: bytes, dice: random.Random, times: int) -> bytes:
    """Overwrite, cut, double or repeat parts of a message."""
    for _ in range(times):
        start = dice.randrange(len(data) + 1)
        end = min(len(data), start + dice.randrange(1, 20))
        part = dice.choice([b"", data[start:end] * 2, dice.randbytes(end - start), b"\r\n", b";,<"])
        data = data[:start] + part + data[end:]
    return data
