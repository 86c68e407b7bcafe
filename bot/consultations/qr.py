"""QR codes: an address as a picture to be scanned."""

from __future__ import annotations

import segno


def picture(address: str) -> str:
    """An SVG element without styles or scripts."""
    code = segno.make(address, error="m", micro=False)
    made: str = code.svg_inline(border=3, light="#fff", dark="#000", omitsize=True, svgclass="qr")
    return made
