"""One request of a browser to the console: who asks, in which language, with which form."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session
from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.console import rendering
from bot.console.texts import Texts
from bot.consultations import audit
from bot.consultations.holding import PatientTexts
from bot.consultations.logins import Login
from bot.consultations.steps import WITH_PATIENTS, Actor
from bot.errors import InvalidInput, NotAllowed, NotSignedIn, ProductError
from bot.store import Database
from bot.store.tables import Nurse

Handler = Callable[["Visit"], Response]
Recovery = Callable[["Visit", ProductError], Response]
NURSES = WITH_PATIENTS
EVERYBODY = frozenset({"nurse", "lead", "content", "administrator", "auditor"})
ADMINISTRATORS = frozenset({"administrator"})
AUDITORS = frozenset({"auditor", "administrator"})
COUNTING = frozenset({"lead", "content", "administrator"})
MAX_INT_CHARS = 15


@dataclass(frozen=True)
class Page:
    """One route: what it does, who may use it, and what the audit log says about it."""

    method: str
    path: str
    handler: Handler
    roles: frozenset[str] | None
    """None: also without signing in."""
    audit: str | None
    unaudited: str = ""
    """Why there is no audit row, when there is none."""
    part: bool = False
    """Fetched by our script to bring an open page up to date; no use of the console by itself."""
    own_transactions: bool = False
    before_password_change: bool = False
    before_second_factor: bool = False
    recover: Recovery | None = None
    """Shows the page again, with what was typed, when the handler raised."""


@dataclass
class Visit:
    """What a handler gets; `after` runs in a transaction of its own before the answer is sent."""

    page: Page
    request: Request
    session: Session
    form: dict[str, str]
    login: Login | None
    texts: Texts
    all_texts: dict[str, Texts]
    after: list[Callable[[Session], None]] = field(default_factory=list)

    @property
    def state(self) -> State:
        """What the application carries: settings, database, watcher, wording."""
        state: State = self.request.app.state
        return state

    @property
    def database(self) -> Database:
        """The record."""
        database: Database = self.state.database
        return database

    @property
    def nurse(self) -> Nurse:
        """Who is signed in; raises NotSignedIn."""
        if self.login is None:
            raise NotSignedIn("sign in first")
        return self.login.nurse

    @property
    def ip(self) -> str | None:
        """Where the request comes from."""
        return self.request.client.host if self.request.client else None

    @property
    def actor(self) -> Actor:
        """The nurse as the service functions know her."""
        return Actor(self.nurse, self.ip)

    @property
    def patient_texts(self) -> PatientTexts:
        """The notices a patient reads when a nurse takes over or hands back."""

        def text(key: str, locale: str, nurse: Nurse) -> str:
            role = self.all_texts[locale](f"patient_role_{nurse.role}")
            notice: str = self.state.wording.text(key, locale, name=nurse.display_name, role=role)
            return notice

        return text

    def number(self, name: str) -> int:
        """A whole number of the form or the path; raises InvalidInput."""
        value = str(self.request.path_params.get(name, self.form.get(name, "")))
        if not value.isdecimal() or len(value) > MAX_INT_CHARS:
            raise InvalidInput(f"{name} must be a number")
        return int(value)

    def audited(self, object_: str | None, **data: Any) -> None:
        """Write the row this route declares, before the answer leaves."""
        action, actor, ip = self.page.audit, self.nurse.name, self.ip
        assert action is not None, "the route declares no audit event"  # noqa: S101  programmer misuse

        def write(session: Session) -> None:
            audit.record(session, actor, action, object_, ip=ip, **data)

        self.after.append(write)

    def pass_for(self, object_: str) -> str:
        """Proof that this session opened `object_` on a page, which wrote an audit row."""
        assert self.login is not None  # noqa: S101  only pages for signed-in nurses hand out passes
        subject = f"{self.login.row.token_hash}:{object_}".encode()
        key = self.nurse.password_hash.encode()
        return hmac.new(key, subject, hashlib.sha256).hexdigest()

    def check_pass(self, object_: str) -> None:
        """Raise NotAllowed unless the page's own pass is shown."""
        shown = self.request.query_params.get("pass", "")
        if not hmac.compare_digest(shown.encode(), self.pass_for(object_).encode()):
            raise NotAllowed("open the page first", code="not_opened")

    def render(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page from a template, with everything all pages need."""
        return rendering.page(self, template, status, context)

    def go(self, path: str) -> Response:
        """See another page next."""
        return RedirectResponse(path, status_code=303)
