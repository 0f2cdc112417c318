"""What an error says: the reason, the remedy, and the name that was perhaps meant."""

import difflib


class DataError(RuntimeError):
    """A data set cannot be used. The message is one line: what, where, what to do.

    reason: the part of it that says what and where.
    """

    def __init__(self, reason, remedy=""):
        super().__init__(f"{reason}; {remedy}" if remedy else reason)
        self.reason = reason


def did_you_mean(name, known, cutoff=0.5):
    """The remedy for a name that is none of `known`: the nearest one, else all.

    Upper and lower case are the same. cutoff: from 0 (any will do) to 1 (equal).
    """
    lower = {other.lower(): other for other in known}
    near = difflib.get_close_matches(str(name).lower(), lower, n=1, cutoff=cutoff)
    return f"did you mean {lower[near[0]]!r}?" if near else f"known: {', '.join(known)}"
