"""What can go wrong with a recall or its feedback, beyond accounts.errors."""

from accounts.errors import NotFound


class UnknownTrace(NotFound):
    """No recall of this namespace has that receipt, or its retention is over."""

    code = "unknown_trace"


class NotInTrace(NotFound):
    """The grain was not among the results of that recall."""

    code = "not_in_trace"
