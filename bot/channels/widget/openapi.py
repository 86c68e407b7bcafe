"""The OpenAPI document of the public contract, kept by hand in `openapi.yml`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from starlette.requests import Request
from starlette.responses import JSONResponse

FILE = Path(__file__).parent / "openapi.yml"


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The parsed document."""
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return loaded


async def serve(_request: Request) -> JSONResponse:
    """GET /api/v1/openapi.json."""
    return JSONResponse(document(), headers={"Cache-Control": "public, max-age=300"})
