"""The second factor: a code from the nurse's own app, accepted once."""

from __future__ import annotations

import pyotp

from bot.clock import now
from bot.store.tables import Nurse

PERIOD_S = 30
WINDOW = 1
"""Codes of the period before and after are accepted, for clocks that are a little off."""
LAST = "totp_last_period"


def new_secret() -> str:
    """A random secret (160 bits, base 32)."""
    return pyotp.random_base32()


def address(secret: str, name: str, issuer: str) -> str:
    """The otpauth:// address an app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def fits(secret: str, code: str) -> int | None:
    """The number of the period whose code this is, None when it is wrong."""
    code = "".join(code.split())
    current = int(now().timestamp()) // PERIOD_S
    for period in range(current - WINDOW, current + WINDOW + 1):
        if pyotp.utils.strings_equal(code, pyotp.TOTP(secret).at(period * PERIOD_S)):
            return period
    return None


def accept(nurse: Nurse, code: str) -> bool:
    """Whether the code is right and was not used before; remembers that it is used now."""
    period = fits(nurse.totp_secret, code)
    if period is None or period <= (nurse.preferences or {}).get(LAST, 0):
        return False
    nurse.preferences = {**(nurse.preferences or {}), LAST: period}
    return True
