"""Every address of the console: its role, its audit event, its handler. Nothing else is served."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from bot.console import (
    account,
    cases,
    linking,
    live,
    numbers,
    people,
    queue,
    rendering,
    serving,
    signing,
    trail,
    views,
)
from bot.console.visit import (
    ADMINISTRATORS,
    AUDITORS,
    COUNTING,
    EVERYBODY,
    NURSES,
    Handler,
    Page,
)
from bot.errors import ProductError

REQUEST = "/console/requests/{request_id:int}"
ASSETS = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}


def _action(path: str, handler: Handler, audit: str) -> Page:
    return Page("POST", f"{REQUEST}/{path}", handler, NURSES, audit, recover=cases.show_again)


def _own(path: str, handler: Handler, audit: str) -> Page:
    return Page(
        "POST",
        f"/console/account{path}",
        handler,
        EVERYBODY,
        audit,
        recover=account.show_again,
        before_second_factor=True,
    )


def _manage(path: str, handler: Handler, audit: str) -> Page:
    return Page(
        "POST",
        f"/console/people/{path}",
        handler,
        ADMINISTRATORS,
        audit,
        recover=people.show_again,
    )


PAGES = [
    Page("GET", "/console/sign-in", signing.form, None, None, unaudited="an empty form"),
    Page("POST", "/console/sign-in", signing.sign_in, None, "sign_in", own_transactions=True),
    Page(
        "POST",
        "/console/sign-out",
        signing.sign_out,
        EVERYBODY,
        "sign_out",
        before_password_change=True,
        before_second_factor=True,
    ),
    Page(
        "GET",
        "/console/password",
        signing.password_form,
        EVERYBODY,
        None,
        unaudited="an empty form",
        before_password_change=True,
        before_second_factor=True,
    ),
    Page(
        "POST",
        "/console/password",
        signing.change_password,
        EVERYBODY,
        "account.password",
        before_password_change=True,
        before_second_factor=True,
        own_transactions=True,
        recover=signing.password_form_again,
    ),
    Page(
        "GET",
        "/console/account",
        account.show,
        EVERYBODY,
        None,
        unaudited="one's own account",
        before_second_factor=True,
    ),
    _own("", account.choose, "account.preferences"),
    _own("/end-session", account.end_session, "account.end_session"),
    _own("/totp/start", account.start_totp, "account.totp_start"),
    _own("/totp/confirm", account.confirm_totp, "account.totp_on"),
    _own("/totp/remove", account.remove_totp, "account.totp_off"),
    Page(
        "POST",
        "/console/active",
        account.active,
        EVERYBODY,
        None,
        part=True,
        before_second_factor=True,
        unaudited="only says that somebody sits there",
    ),
    Page("GET", "/console/people", people.show, ADMINISTRATORS, "accounts.view"),
    _manage("add", people.add, "account.add"),
    _manage("role", people.set_role, "account.role"),
    _manage("reset", people.reset, "account.reset"),
    _manage("disable", people.disable, "account.disable"),
    _manage("enable", people.enable, "account.enable"),
    Page("GET", "/console/audit", trail.show, AUDITORS, "audit.view"),
    Page("GET", "/console/numbers", numbers.show, COUNTING, "numbers.view"),
    Page("GET", "/console/numbers.csv", numbers.export, COUNTING, "numbers.export"),
    Page("GET", "/console", queue.home, EVERYBODY, None, unaudited="only leads on"),
    Page("GET", "/console/queue", queue.show, NURSES, "queue.view"),
    Page(
        "GET",
        "/console/queue/live",
        queue.follow,
        NURSES,
        None,
        part=True,
        unaudited="needs the pass of an opened page, which was audited",
    ),
    Page("POST", "/console/views", views.save, NURSES, "views.save"),
    Page("POST", "/console/views/remove", views.remove, NURSES, "views.remove"),
    Page("GET", REQUEST, cases.show, NURSES, "request.view"),
    Page(
        "GET",
        f"{REQUEST}/live",
        cases.follow,
        NURSES,
        None,
        part=True,
        unaudited="needs the pass of an opened page, which was audited",
    ),
    _action("acknowledge", cases.acknowledge, "request.acknowledge"),
    _action("claim", cases.claim, "request.claim"),
    _action("take-over", cases.take_over, "request.take_over"),
    _action("assign", cases.assign, "request.assign"),
    _action("release", cases.release, "request.release"),
    _action("reply", cases.reply, "request.reply"),
    _action("called", cases.called, "request.call"),
    _action("hold", cases.hold, "request.hold"),
    _action("hand-back", cases.hand_back, "request.hand_back"),
    _action("close", cases.close, "request.close"),
    _action("note", cases.note, "request.note"),
    _action("link", linking.issue, "request.link"),
    _action("send-again", cases.send_again, "request.send_again"),
]


def owns(request: Request) -> bool:
    """Whether this address belongs to the console."""
    path = request.url.path
    return path == "/console" or path.startswith("/console/")


def error_page(request: Request, error: ProductError) -> Response:
    """What the browser shows for an address that does not exist, or an error outside a page."""
    return serving.secured(request, rendering.plain_error(request, error))


def routes() -> list[BaseRoute]:
    """What the web process mounts; needs app.state.settings, database, watcher and wording."""
    return [
        *(Route(page.path, serving.endpoint(page), methods=[page.method]) for page in PAGES),
        Route("/console/events/stream", live.stream, methods=["GET"]),
        Route("/console/static/{name}", _static, methods=["GET"]),
    ]


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in ASSETS:
        return serving.secured(request, Response("not found", HTTPStatus.NOT_FOUND))
    headers = {"cache-control": "public, max-age=3600"}
    return serving.secured(
        request, FileResponse(rendering.STATIC / name, media_type=ASSETS[name], headers=headers)
    )
