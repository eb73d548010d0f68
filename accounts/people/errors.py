"""What can go wrong for people who sign in."""

from accounts.errors import GarnerError


class WrongCode(GarnerError):
    """Not a code of this person's app or kit, or one that was used before."""

    status, code = 403, "wrong_code"


class TooSoon(GarnerError):
    """Codes were wrong; the next is looked at after a pause that doubles each time."""

    status, code = 429, "too_soon"


class LinkSpent(GarnerError):
    """A one-time link that is unknown, used or too old: it does not say which."""

    status, code = 404, "link_spent"


class WeakPassword(GarnerError):
    """The password is too easy to guess; the message says why."""

    status, code = 422, "weak_password"
