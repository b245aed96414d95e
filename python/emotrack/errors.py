"""Exceptions, one for each status of the C library, so that they can be caught by kind.

All are :class:`EmotrackError`; each is also the built-in exception that a Python programmer expects (`FileError` is an `OSError`,
`ArgumentError` a `ValueError` ...). The text says what was wrong, where, and what to do.
"""
from __future__ import annotations

import builtins


class EmotrackError(Exception):
    """Whatever goes wrong in emotrack. `status` is the number of the C library's status."""

    status = -1


class ArgumentError(EmotrackError, ValueError):
    """A value is out of its range."""

    status = 1


class MemoryError(EmotrackError, builtins.MemoryError):
    """Memory ran out."""

    status = 2


class FileError(EmotrackError, OSError):
    """A file cannot be opened, read or written."""

    status = 3


class FormatError(EmotrackError, ValueError):
    """A file's content is not what it should be."""

    status = 4


class TruncatedError(EmotrackError, EOFError):
    """A file ends before it should. `annotation` holds what was heard before, where there is one."""

    status = 5
    annotation = None


class VersionError(EmotrackError):
    """Made by a newer version of emotrack."""

    status = 6


class LimitError(EmotrackError, ValueError):
    """Larger than emotrack accepts."""

    status = 7


class DeviceError(EmotrackError, OSError):
    """A sound or GPU device is missing, busy or went away."""

    status = 8


class NotFiniteError(EmotrackError, ValueError):
    """A sample is NaN or infinite."""

    status = 9


class FullError(EmotrackError):
    """Unread answers fill a tracker."""

    status = 10


class UnsupportedError(EmotrackError, NotImplementedError):
    """This build or this machine cannot do it."""

    status = 11


class InterruptedError(EmotrackError, builtins.InterruptedError):
    """The caller asked to stop."""

    status = 12


class NotFiniteWarning(UserWarning):
    """Samples were NaN or infinite: they count as 0, and the rows that heard them are flagged `lost`."""


BY_STATUS = {kind.status: kind for kind in EmotrackError.__subclasses__()}
