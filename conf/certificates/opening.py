"""Files with private keys are opened by a program of their own, which may cost only so much.

`python -m conf.certificates.opening CPU_S` reads the length of a password (4 octets, big endian),
the password and the file from standard input, and writes the key and the certificates as PEM, the
key not encrypted. When it cannot, standard error says why, and the exit code is 3.

The file says how often its password is to be hashed: 2³¹ times take ten minutes, and no thread can
be told to stop. To see whether a key is one may take as long.
"""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from typing import Final

from conf.certificates.folder import CertificateError
from conf.certificates.formats import (
    Bundle,
    holds_certificates_only,
    pem_of,
    pem_of_key,
    read_bundle,
)
from conf.values.secret import Secret

CPU_S: Final = 5
"""Windows and OpenSSL hash 2,000 to 600,000 times, which takes 0.2 s here; small boards are eight
times slower."""
LONGEST_S: Final = 30.0
"""By the clock, on a busy machine."""
MEMORY_OCTETS: Final = 512 * 1024 * 1024
TOO_COSTLY: Final = "opening it takes too much computing: write it anew with fewer rounds"
TOO_LARGE: Final = "opening it takes more memory than any certificate should"
REFUSED: Final = 3
"""The exit code that goes with a reason."""

_OPENER: Final = (sys.executable, "-m", "conf.certificates.opening")
_LENGTH_OCTETS: Final = 4


def open_bundle(data: bytes, password: Secret, cpu_s: int = CPU_S) -> Bundle:
    """The certificates and the key in `data`, as `read_bundle` finds them, at a bounded cost.

    `cpu_s` are the seconds of computing that it may take.

    Raises:
        CertificateError: it has none of the forms, the password does not open it, or it costs too
            much to find out.
    """
    if holds_certificates_only(data):
        return read_bundle(data, password)
    secret = password.reveal().encode("utf-8", "replace")
    try:
        opened = subprocess.run(  # noqa: S603  (our own module, no shell)
            [*_OPENER, str(cpu_s)],
            input=len(secret).to_bytes(_LENGTH_OCTETS, "big") + secret + data,
            capture_output=True,
            timeout=LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CertificateError(TOO_COSTLY) from error
    if opened.returncode == REFUSED:
        raise CertificateError(opened.stderr.decode(errors="replace").strip())
    if opened.returncode:
        is_killed = opened.returncode in (-signal.SIGKILL, -signal.SIGXCPU)
        raise CertificateError(TOO_COSTLY if is_killed else "it cannot be read: it is damaged")
    return read_bundle(opened.stdout, Secret())


def main() -> int:
    """Open the file on standard input."""
    given = sys.stdin.buffer.read()
    length = int.from_bytes(given[:_LENGTH_OCTETS], "big")
    password, data = given[_LENGTH_OCTETS:][:length], given[_LENGTH_OCTETS + length :]
    _confine(int(sys.argv[1]))
    try:
        bundle = read_bundle(data, Secret(password.decode()))
    except (CertificateError, MemoryError) as error:
        sys.stderr.write(TOO_LARGE if isinstance(error, MemoryError) else str(error))
        return REFUSED
    key = b"" if bundle.key is None else pem_of_key(bundle.key)
    sys.stdout.buffer.write(key + pem_of(bundle.certificates))
    return 0


def _confine(cpu_s: int) -> None:
    """Start nothing, write no file, and stay within time and memory."""
    limits = {
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_AS: MEMORY_OCTETS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 0,
    }
    for what, most in limits.items():
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))


if __name__ == "__main__":
    sys.exit(main())
