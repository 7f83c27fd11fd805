"""Reports free memory, and the memory that a process uses, in bytes; None if the system does not
say.

Starts no process, so it may be called ten times a second.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import byref, c_size_t, c_uint32, c_uint64, sizeof
from pathlib import Path
from typing import Any, ClassVar, Final

_LEAST: Final = 1024**3
"""Blender alone takes a quarter of this; with less free memory the machine would swap."""
_SHARE: Final = 0.75
"""The share of free memory that a child may use; the rest is for the artist."""
_QUERY: Final = 0x1000
"""PROCESS_QUERY_LIMITED_INFORMATION"""


def spare() -> int | None:
    """Return the bytes that another process may use without harm to running ones."""
    free = available()
    return None if free is None else max(_LEAST, int(free * _SHARE))


def available() -> int | None:
    """Return the bytes that the system can give without taking them from another process."""
    if sys.platform == "win32":
        return _available_on_windows()
    if sys.platform == "darwin":
        whole, percent = (
            _sysctl("hw.memsize", c_uint64),
            _sysctl("kern.memorystatus_level", c_uint32),
        )
        return None if whole is None or percent is None else whole * percent // 100
    return _kilobytes(Path("/proc/meminfo"), "MemAvailable")


def held_by(pid: int) -> int | None:
    """Return the bytes that a process uses, including swapped or compressed memory."""
    if sys.platform == "win32":
        return _held_on_windows(pid)
    if sys.platform == "darwin":
        return _footprint(pid)
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmRSS", "VmSwap")


def _kilobytes(file: Path, *names: str) -> int | None:
    """Return the sum of lines such as "VmRSS:  1024 kB"; None for an ended process."""
    try:
        lines = file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    values = {name: value for name, _, value in (line.partition(":") for line in lines)}
    found = [int(values[name].split()[0]) * 1024 for name in names if name in values]
    return sum(found) if found else None


def _sysctl(name: str, kind: type[c_uint64 | c_uint32]) -> int | None:
    """Return a number that macOS's kernel reports; `memorystatus_level` is in percent of all
    memory.

    Source: sysctlbyname(3).
    """
    value = kind()
    size = c_size_t(sizeof(value))
    failed = _libc().sysctlbyname(name.encode(), byref(value), byref(size), None, c_size_t(0))
    return None if failed else int(value.value)


class _Usage(ctypes.Structure):
    """struct rusage_info_v0 of macOS's <sys/resource.h>."""

    _fields_: ClassVar[Any] = [
        ("uuid", ctypes.c_uint8 * 16),
        *((name, c_uint64) for name in ("user", "system", "wakeups", "interrupts", "pageins")),
        *((name, c_uint64) for name in ("wired", "resident", "footprint", "started", "ended")),
    ]


def _footprint(pid: int) -> int | None:
    usage = _Usage()
    failed = _libc().proc_pid_rusage(ctypes.c_int(pid), ctypes.c_int(0), byref(usage))
    return None if failed else int(usage.footprint)


def _libc() -> Any:
    return ctypes.CDLL(None)


class _Status(ctypes.Structure):
    """MEMORYSTATUSEX of Windows' <sysinfoapi.h>."""

    _fields_: ClassVar[Any] = [
        ("length", c_uint32),
        ("load", c_uint32),
        *((name, c_uint64) for name in ("physical", "free", "commit", "free_commit")),
        *((name, c_uint64) for name in ("virtual", "free_virtual", "extended")),
    ]


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of Windows' <psapi.h>."""

    _fields_: ClassVar[Any] = [
        ("length", c_uint32),
        ("faults", c_uint32),
        *((name, c_size_t) for name in ("peak_resident", "resident", "peak_paged", "paged")),
        *((name, c_size_t) for name in ("peak_nonpaged", "nonpaged", "committed", "peak")),
    ]


def _available_on_windows() -> int | None:
    status = _Status(length=sizeof(_Status))
    values = _kernel().GlobalMemoryStatusEx(byref(status))
    return int(status.free) if values else None


def _held_on_windows(pid: int) -> int | None:
    kernel, counters = _kernel(), _Counters(length=sizeof(_Counters))
    process = kernel.OpenProcess(c_uint32(_QUERY), ctypes.c_int(0), c_uint32(pid))
    if not process:
        return None
    try:
        values = kernel.K32GetProcessMemoryInfo(
            ctypes.c_void_p(process), byref(counters), c_uint32(sizeof(counters))
        )
    finally:
        kernel.CloseHandle(ctypes.c_void_p(process))
    # Resident memory shrinks when memory is short, which is when the limit matters.
    return max(int(counters.resident), int(counters.committed)) if values else None


def _kernel() -> Any:
    loader: Any = getattr(ctypes, "WinDLL")  # noqa: B009 - it is there on Windows alone
    kernel = loader("kernel32")
    kernel.OpenProcess.restype = ctypes.c_void_p
    return kernel
