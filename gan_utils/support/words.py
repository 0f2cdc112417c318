"""What an error says: the reason, the remedy, and the name that was perhaps meant."""

import difflib


class DataError(RuntimeError):
    """A data set cannot be used. The message is one line: what, where, what to do.

    reason: the part of it that says what and where.
    """

    def __init__(self, reason, remedy=""):
        super().__init__(f"{reason}; {remedy}" if remedy else reason)
        self.reason = reason


def nearest_name(name, known, cutoff=0.5):
    """The one of the names `known` that is most like `name`; None if none is.

    Upper and lower case are the same. cutoff: from 0 (any will do) to 1 (equal).
    """
    by_lower = {other.lower(): other for other in known}
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[near[0]] if near else None


def did_you_mean(name, known, cutoff=0.5):
    """The remedy for a name that is none of `known`: the nearest one, else all."""
    near = nearest_name(name, known, cutoff)
    return f"did you mean {near!r}?" if near else f"known: {', '.join(known)}"
