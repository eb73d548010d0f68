"""Whether this processor can run the embedded pgvector.

The wheel's vector.so is built for newer processors (-march=native): on an older one the first distance ends
a database process with SIGILL, and with it every connection. So it is asked before, not learnt from a crash.
"""

import platform
import sys
from pathlib import Path

from runtime.errors import ConfigurationError

NEEDED = {"x86_64": frozenset({"avx2", "fma", "f16c"}), "aarch64": frozenset({"sve"})}
"""Flags of /proc/cpuinfo per machine, found by running the wheel's vector.so on emulated processors without
them.
"""

_ALIASES = {"amd64": "x86_64", "arm64": "aarch64"}
_CPUINFO = Path("/proc/cpuinfo")


def missing_flags(machine: str, cpuinfo: str) -> list[str]:
    """Flags that vector.so needs and the text of /proc/cpuinfo does not list, sorted; [] for machines not
    known here.
    """
    needed = NEEDED.get(_ALIASES.get(machine.lower(), machine.lower()), frozenset())
    listed: set[str] = set()
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() in {"flags", "Features"}:
            listed.update(value.split())
    return sorted(needed - listed)


def check_cpu() -> None:
    """Raise ConfigurationError when the embedded pgvector would crash here. Only Linux lists its flags;
    elsewhere passes.
    """
    if sys.platform != "linux" or not _CPUINFO.exists():
        return
    missing = missing_flags(platform.machine(), _CPUINFO.read_text())
    if missing:
        raise ConfigurationError(
            "The embedded PostgreSQL cannot search vectors on this processor: "
            f"it lacks {', '.join(missing)}. "
            "Set DATABASE_URL to a PostgreSQL (15 or newer) with pgvector (0.8 or newer) made for it."
        )
