"""Where processes run and sockets are made: here, or in a network namespace of its own."""

import contextlib
import ctypes
import os

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _enter(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"cannot enter the network namespace: {os.strerror(code)}")


class Here:
    """The place of the harness itself."""

    address = "127.0.0.1"

    def inside(self):
        return contextlib.nullcontext()

    def command(self, line):
        return line


HERE = Here()


class Namespace:
    """A network namespace, named by a path as in /proc/PID/fd/NUMBER."""

    def __init__(self, address, path):
        self.address, self.path = address, path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    @contextlib.contextmanager
    def inside(self):
        """Sockets that this thread makes belong there, and stay there."""
        own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _enter(self._descriptor)
            try:
                yield
            finally:
                _enter(own)
        finally:
            os.close(own)

    def command(self, line):
        return ["nsenter", f"--net={self.path}", "--", *line]

    def close(self):
        os.close(self._descriptor)
