"""Errors the product raises on purpose, one class per reaction.

ProductError
├── SettingsError          the administrator corrects the configuration; nothing starts
├── InvalidInput           the sender corrects the request (400)
├── NotSignedIn            the sender signs in or sends a token (401)
├── NotAllowed             nothing the sender can do (403)
├── NotFound               wrong id, or somebody else's (404)
├── Conflict               the state changed underneath: read again, then decide (409)
├── TooLarge               the sender shortens it (413)
├── TooMany                the sender waits (429)
└── Unavailable            try again; nothing was stored (503)
"""

from http import HTTPStatus


class ProductError(Exception):
    """Base of every expected failure; `code` is the stable name clients see."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code


class SettingsError(ProductError):
    """The configuration cannot be used."""

    code = "settings"


class InvalidInput(ProductError):
    """The request is not of the agreed form."""

    status = HTTPStatus.BAD_REQUEST
    code = "invalid_input"


class NotSignedIn(ProductError):
    """Who is asking is unknown."""

    status = HTTPStatus.UNAUTHORIZED
    code = "not_signed_in"


class NotAllowed(ProductError):
    """Who is asking may not do this."""

    status = HTTPStatus.FORBIDDEN
    code = "not_allowed"


class NotFound(ProductError):
    """There is no such thing for this caller."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"


class Conflict(ProductError):
    """Somebody was faster, or the state does not allow it."""

    status = HTTPStatus.CONFLICT
    code = "conflict"


class TooLarge(ProductError):
    """More than we accept in one go."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "too_large"


class TooMany(ProductError):
    """Too often in a short time."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many"

    def __init__(
        self, message: str, *, code: str | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class Unavailable(ProductError):
    """A part that is needed does not answer; nothing was stored."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"
