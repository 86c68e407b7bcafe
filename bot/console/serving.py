"""Serving a page of the table: who is it, may they, the transaction, the audit row, the headers."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, urlsplit

import structlog
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.console import cookies, rendering, texts
from bot.console.visit import Page, Visit
from bot.consultations import audit, logins
from bot.errors import InvalidInput, NotAllowed, NotSignedIn, ProductError, TooLarge
from bot.settings import LOCALES, Settings

log = structlog.get_logger()
MAX_FORM_BYTES = 200_000
FORM_TYPE = "application/x-www-form-urlencoded"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
HSTS = "max-age=31536000; includeSubDomains"
SIGN_IN = "/console/sign-in"
PASSWORD = "/console/password"  # noqa: S105  a path
ACCOUNT = "/console/account"


def endpoint(page: Page) -> Callable[[Request], Awaitable[Response]]:
    """The Starlette endpoint of a page."""

    async def serve(request: Request) -> Response:
        try:
            form = await read_form(request) if page.method == "POST" else {}
        except ProductError as error:
            return secured(request, Response(error.message, error.status))
        return await run_in_threadpool(answer, page, request, form)

    return serve


def answer(page: Page, request: Request, form: dict[str, str]) -> Response:
    """Serve one request in this thread; every failure becomes a page."""
    try:
        response = _serve(page, request, form)
    except ProductError as error:
        log.info("console.refused", path=page.path, code=error.code)
        response = _refuse(page, request, form, error)
    return secured(request, response)


def secured(request: Request, response: Response) -> Response:
    """Add the headers every answer of the console carries."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if cookies.is_secure(request):
        response.headers.setdefault("strict-transport-security", HSTS)
    return response


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; raises InvalidInput or TooLarge."""
    if request.headers.get("content-type", "").split(";")[0].strip() != FORM_TYPE:
        raise InvalidInput("this is not a form")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise TooLarge("the form is too long")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise InvalidInput("the form cannot be read") from None


def identify(request: Request, session: Session) -> logins.Login | None:
    """Whose cookie this is."""
    token = cookies.read(request, cookies.SESSION)
    return logins.find(session, token) if token else None


def _serve(page: Page, request: Request, form: dict[str, str]) -> Response:
    database = request.app.state.database
    writes = page.method == "POST" and not page.own_transactions
    with (database.write if writes else database.read)() as session:
        visit = _visit(page, request, form, session)
        _admit(visit)
        response = None if page.own_transactions else page.handler(visit)
        if writes:
            for step in visit.after:
                step(session)
    if response is None:
        return page.handler(visit)
    _settle(visit, writes=writes)
    return response


def _settle(visit: Visit, *, writes: bool) -> None:
    """What reading leaves behind is committed before the answer is sent."""
    login, steps = visit.login, [] if writes else visit.after
    touched = login is not None and not visit.page.part and logins.is_due(login)
    if not steps and not touched:
        return
    with visit.database.write() as session:
        for step in steps:
            step(session)
        if touched and login is not None:
            logins.touch(session, login)


def _visit(page: Page, request: Request, form: dict[str, str], session: Session) -> Visit:
    login = identify(request, session)
    all_texts = texts.load(request.app.state.settings.data / "console")
    chosen = all_texts[_locale(request, login)]
    return Visit(page, request, session, form, login, chosen, all_texts)


def _locale(request: Request, login: logins.Login | None) -> str:
    settings: Settings = request.app.state.settings
    if login is not None:
        chosen = str((login.nurse.preferences or {}).get("locale", settings.locale))
    else:
        chosen = request.headers.get("accept-language", "")[:2].lower()
    return chosen if chosen in LOCALES else settings.locale


def _admit(visit: Visit) -> None:
    page, login = visit.page, visit.login
    if page.method == "POST":
        _same_origin(visit.request)
        _our_form(visit)
    if page.roles is None:
        return
    if login is None:
        raise NotSignedIn("sign in first")
    if login.nurse.must_change_password and not page.before_password_change:
        raise NotAllowed("choose your own password first", code="password_first")
    if second_factor_missing(visit.request, login) and not page.before_second_factor:
        raise NotAllowed("set up the second factor first", code="totp_first")
    if login.nurse.role not in page.roles:
        raise NotAllowed("your role does not allow this")


def second_factor_missing(request: Request, login: logins.Login) -> bool:
    """Whether this account still has to set up the code that the clinic asks of everybody."""
    settings: Settings = request.app.state.settings
    return settings.second_factor_required and not login.nurse.totp_secret


def _same_origin(request: Request) -> None:
    """A form sent from another site is refused, whatever it holds."""
    origin = request.headers.get("origin")
    if origin is None:
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise NotAllowed("this form belongs to another site", code="foreign_form")
        return
    hosts = {request.headers.get("host"), urlsplit(request.app.state.settings.public_url).netloc}
    if urlsplit(origin).netloc not in hosts - {"", None}:
        raise NotAllowed("this form belongs to another site", code="foreign_form")


def _our_form(visit: Visit) -> None:
    """The hidden field must hold the session's own value (before signing in: the cookie's)."""
    if visit.login is not None and visit.page.roles is not None:
        expected = visit.login.row.csrf
    else:
        expected = cookies.read(visit.request, cookies.FORM)
    shown = visit.form.get("csrf", "")
    if not expected or not hmac.compare_digest(shown.encode(), expected.encode()):
        if visit.login is None and visit.page.roles is not None:
            raise NotSignedIn("sign in first")
        raise NotAllowed("this form is out of date", code="old_form")


def _refuse(page: Page, request: Request, form: dict[str, str], error: ProductError) -> Response:
    try:
        return _explain(page, request, form, error)
    except ProductError as second:  # the record went away while the first was being explained
        log.warning("console.refused", path=page.path, code=second.code)
        return rendering.without_record(request, second)


def _explain(page: Page, request: Request, form: dict[str, str], error: ProductError) -> Response:
    if isinstance(error, NotSignedIn):
        return _to_sign_in(page, request)
    if error.code == "password_first":
        return RedirectResponse(PASSWORD, status_code=303)
    if error.code == "totp_first":
        return RedirectResponse(ACCOUNT, status_code=303)
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return rendering.without_record(request, error)
    with request.app.state.database.read() as session:
        visit = _visit(page, request, form, session)
        if page.recover is not None and visit.login is not None and _can_recover(error):
            response = page.recover(visit, error)
        else:
            response = visit.render("error.html", status=error.status, error=error)
    denied = isinstance(error, NotAllowed) and visit.login is not None
    if denied:
        visit.after.append(_denial(visit))
    _settle(visit, writes=False)
    return response


def _can_recover(error: ProductError) -> bool:
    return error.status in (HTTPStatus.CONFLICT, HTTPStatus.BAD_REQUEST)


def _denial(visit: Visit) -> Callable[[Session], None]:
    name, ip, path = visit.nurse.name, visit.ip, visit.request.url.path[:64]

    def write(session: Session) -> None:
        audit.record(session, name, "access.denied", path, ip=ip)

    return write


def _to_sign_in(page: Page, request: Request) -> Response:
    if page.part:
        return Response("signed out", HTTPStatus.UNAUTHORIZED)
    if page.method != "GET":
        return RedirectResponse(SIGN_IN, status_code=303)
    return RedirectResponse(f"{SIGN_IN}?next={quote(request.url.path)}", status_code=303)
