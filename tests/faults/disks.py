"""A full disk and a read-only folder, as real as this machine allows.

For a process of its own (see `apart`): what these change ends with it.
"""

import ctypes
import os
import resource
import sys

NEWNS, NEWUSER, PRIVATE = 0x00020000, 0x10000000, 0x00044000  # of Linux
DAC_OVERRIDE = 1 << 1  # root's right to write where permissions say no


def _libc():
    return ctypes.CDLL(None, use_errno=True)


def small_disk(folder, kilobytes):
    """Put a disk of its own below `folder`, where Linux lets us. True if it is there.

    Nobody outside this process sees it. No kilobytes: no disk.
    """
    if sys.platform != "linux" or not kilobytes:
        return False
    libc, where = _libc(), str(folder).encode()
    if libc.unshare(NEWNS) and libc.unshare(NEWNS | NEWUSER):
        return False
    libc.mount(b"none", b"/", None, PRIVATE, None)
    size = f"size={kilobytes}k".encode()
    return libc.mount(b"tmpfs", where, b"tmpfs", 0, size) == 0


def fill(folder, is_disk, *, leave):
    """From now on a file of more than `leave` bytes finds no room in `folder`."""
    if not is_disk:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (leave, limits[1]))
        return
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    (folder / "filler").write_bytes(b"\0" * max(0, free - leave))


def obey_permissions():
    """Root is bound by permissions as everyone is, in this process."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; low, then high
    assert _libc().capget(header, sets) == 0
    for number in (0, 1):
        sets[number] &= ~DAC_OVERRIDE
    assert _libc().capset(header, sets) == 0


def read_only(folder):
    """Nothing below `folder` can be written by this process."""
    obey_permissions()
    for place in (folder, *folder.rglob("*")):
        place.chmod(0o555 if place.is_dir() else 0o444)
    try:
        (folder / "probe").touch()
    except PermissionError:
        return
    raise AssertionError(f"{folder} can still be written to")


def writable(folder):
    """Undo `read_only`, for whoever cleans up."""
    for place in (folder, *folder.rglob("*")):
        place.chmod(0o755 if place.is_dir() else 0o644)
