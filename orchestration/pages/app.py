"""The web application: pages of a home's published version, and acts on its open steps.

Read-only unless a token is set. Whoever acts has shown it once; the answer is a signed cookie of
this site alone, and every form carries a token that only a page of this site can know. Nothing is
loaded from elsewhere, no page may be framed, and no script stands in a page.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from orchestration.act.acts import ActError, Author, act_on_step
from orchestration.act.commands import LESSONS, OUTCOMES
from orchestration.pages import addresses, portal
from orchestration.pages.ahead import Ahead
from orchestration.pages.documentation import CHECKS, MODELS, Documentation
from orchestration.pages.own import render_own
from orchestration.pages.routes import render_page
from orchestration.pages.site import STATIC, NoSuchPageError, Site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, MutableMapping

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from orchestration.settings import Settings

COOKIE = "drivewheel"
# Hours after which somebody shows the token again.
SESSION_HOURS = 12
# A form of ours is far smaller.
LARGEST_FORM = 10_000
LONGEST_TEXT = 500
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
FORBIDDEN, NOT_FOUND, UNPROCESSABLE, TOO_LARGE, UNAVAILABLE = 403, 404, 422, 413, 503
# Every page is made of what is published.
UNPUBLISHED = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Nothing is published yet</title>'
    "<h1>Nothing is published yet</h1><p>The pages are there after the first refresh that passes "
    f'its gates; <a href="/{CHECKS}/">what the checks found</a> is there before.</p>'
)


class Sessions:
    """Who has shown the token: signed, so that nothing is kept at the server."""

    def __init__(self, token: str) -> None:
        """Sessions of a server; they end with it."""
        self._token = token
        self._key = secrets.token_bytes(32)

    def open(self, token: str, name: str) -> str | None:
        """The cookie of a session, where the token is right."""
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return None
        until = int(time.time()) + SESSION_HOURS * 3600
        content = f"{until}.{name.encode().hex()}"
        return f"{content}.{self._sign(content)}"

    def name(self, cookie: str | None) -> str | None:
        """Whose session a cookie is of; None where it is none of ours, or old."""
        content, _, signature = (cookie or "").rpartition(".")
        if not content or not hmac.compare_digest(signature, self._sign(content)):
            return None
        until, _, name = content.partition(".")
        return bytes.fromhex(name).decode() if int(until) > time.time() else None

    def form_token(self, cookie: str) -> str:
        """What a form of this session carries."""
        return self._sign(f"form {cookie}")

    def _sign(self, content: str) -> str:
        return hmac.new(self._key, content.encode(), hashlib.sha256).hexdigest()


class Guarded:
    """Adds the headers that keep a page to itself, and logs who opened what."""

    def __init__(self, app: ASGIApp, *, log: Callable[[dict[str, Any]], None]) -> None:
        """Around an application; `log` takes a line of the access log."""
        self.app = app
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                names = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.encode(), value.encode())
                        for name, value in HEADERS.items()
                        if name.encode() not in names
                    ),
                ]
            await send(message)

        try:
            await self.app(scope, receive, guarded)
        finally:
            self.log(
                {
                    "at": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
                    "who": scope.get("state", {}).get("who"),
                    "from": (scope.get("client") or ("",))[0],
                    "method": scope["method"],
                    "path": _without_secret(scope["path"]),
                    "status": status,
                    "ms": round(1000 * (time.perf_counter() - begun), 1),
                }
            )


def build_app(
    settings: Settings,
    *,
    token: str | None = None,
    hosts: tuple[str, ...] = (),
    is_server: bool = True,
    renders_ahead: bool = False,
) -> Any:  # noqa: ANN401
    """The application of a home.

    Args:
        settings: Whose published version and landing.
        token: What somebody shows who wants to act; None: read-only.
        hosts: Names under which it is asked; others are refused, so that no page elsewhere can
            give its own name to this server. All of them are then for those with the token alone.
        is_server: Whether documentation of checks and models is served beside the pages; a folder
            of files holds the pages alone.
        renders_ahead: Whether pages are rendered before somebody asks, while nobody does.
    """
    pages = _Pages(settings, token, is_open=not hosts, is_server=is_server)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if renders_ahead:
            pages.ahead.start()
        yield
        pages.ahead.stop()

    return Starlette(
        lifespan=lifespan,
        routes=[
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/", pages.home),
            Route("/sign-in", pages.sign_in, methods=["GET", "POST"]),
            Route("/sign-out", pages.sign_out, methods=["POST"]),
            *(
                Route(f"/{place}/{{path:path}}", pages.documentation, name=place)
                for place in (CHECKS, MODELS)
            ),
            Route("/act", pages.act, methods=["POST"]),
            Route(f"/{portal.FOLDER}/{{link}}", pages.shared),
            Route("/{page:path}", pages.show),
        ],
        middleware=[
            Middleware(Guarded, log=_access_log(settings)),
            Middleware(
                TrustedHostMiddleware,
                allowed_hosts=["127.0.0.1", "localhost", "[::1]", *hosts],
                www_redirect=False,
            ),
        ],
    )


class _Pages:
    """Answers requests."""

    def __init__(
        self, settings: Settings, token: str | None, *, is_open: bool, is_server: bool
    ) -> None:
        self.settings = settings
        self.site = Site(settings, can_act=token is not None, is_server=is_server)
        self.beside = Documentation(settings)
        self.ahead = Ahead(self.site)
        self.sessions = Sessions(token) if token else None
        self.token = token
        self.is_open = is_open

    async def home(self, request: Request) -> Response:
        return await self._page(request, addresses.HOME)

    async def show(self, request: Request) -> Response:
        return await self._page(request, request.path_params["page"])

    async def _page(
        self, request: Request, page: str, *, problem: str = "", status: int = 200
    ) -> Response:
        who = self._who(request)
        if who is None and not self.is_open:
            return RedirectResponse(f"/sign-in?next=/{page}", status_code=303)
        if not self.settings.serving_path.exists():
            return HTMLResponse(UNPUBLISHED, status_code=UNAVAILABLE)
        self.ahead.requested()
        more = {"who": who or "", "form_token": self._form_token(request), "problem": problem}
        try:
            html = await run_in_threadpool(render_page, self.site, page, **more)
        except NoSuchPageError as error:
            html = self._missing(str(error), who)
            status = NOT_FOUND
        return HTMLResponse(html, status_code=status)

    async def documentation(self, request: Request) -> Response:
        """Data Docs or dbt's, to whoever may read the pages."""
        path = request.path_params["path"]
        if self._who(request) is None and not self.is_open:
            return RedirectResponse(f"/sign-in?next={request.url.path}", status_code=303)
        if request.url.path.startswith(f"/{CHECKS}/"):
            return await self.beside.checks(path, request.scope)
        return self.beside.models(path) or PlainTextResponse(
            f"there is no {path} here\n", status_code=NOT_FOUND
        )

    async def shared(self, request: Request) -> Response:
        """A customer's own page, to whoever has its link; nothing else is shown there."""
        request.state.who = "whoever has the link"
        customer = self.token and portal.customer_of(
            self.token, request.path_params["link"], self.site.customers.values()
        )
        html = customer and await run_in_threadpool(render_own, self.site, customer)
        missing = html or self._small("own_missing.html", page="own_missing.html")
        return HTMLResponse(
            missing,
            status_code=200 if html else NOT_FOUND,
            headers={"cache-control": "no-store", "x-robots-tag": "noindex"},
        )

    async def sign_in(self, request: Request) -> Response:
        form = await _form(request) if request.method == "POST" else {}
        target = _own_path(form.get("next") or request.query_params.get("next") or "/")
        problem = ""
        if self.sessions is None:
            problem = (
                "These pages are read-only. To act on them, start `drivewheel serve` with "
                "DRIVEWHEEL_PAGES_TOKEN set"
            )
        elif request.method == "POST":
            name = form.get("name", "").strip()[:LONGEST_TEXT]
            cookie = self.sessions.open(form.get("token", ""), name) if name else None
            if cookie and _is_of_this_site(request):
                answer = RedirectResponse(target, status_code=303)
                answer.set_cookie(
                    COOKIE,
                    cookie,
                    max_age=SESSION_HOURS * 3600,
                    httponly=True,
                    samesite="strict",
                    secure=request.url.scheme == "https",
                )
                return answer
            problem = (
                "The token is not the one that this server was started with"
                if name
                else ("Say who you are: every act is recorded with a name")
            )
        html = self._small("sign_in.html", page="sign-in", problem=problem, target=target, who="")
        return HTMLResponse(html, status_code=FORBIDDEN if problem else 200)

    async def sign_out(self, request: Request) -> Response:
        answer = RedirectResponse("/", status_code=303)
        if _is_of_this_site(request):
            answer.delete_cookie(COOKIE)
        return answer

    async def act(self, request: Request) -> Response:
        """Record what somebody says of a step, by the code of `drivewheel act`."""
        who = self._who(request)
        form = await _form(request)
        expected = self._form_token(request)
        is_ours = bool(expected) and hmac.compare_digest(form.get("form_token", ""), expected)
        if who is None or not is_ours or not _is_of_this_site(request):
            problem = (
                "You are not signed in here, or the page is an old one: sign in, open the step "
                "again, and act there"
            )
            return HTMLResponse(self._missing(problem, who), status_code=FORBIDDEN)
        step, back = form.get("step", "none"), addresses.step(form.get("step", ""))
        try:
            said = self._said(form)
            author = Author(who, dt.datetime.now(dt.UTC).replace(tzinfo=None), _reason(form))
            await run_in_threadpool(act_on_step, self.settings, step, author, said)
        except ActError as error:
            return await self._page(request, back, problem=str(error), status=UNPROCESSABLE)
        # A step that was closed has no page any more.
        return RedirectResponse(
            f"/{addresses.STEPS if said.get('closed_at') else back}", status_code=303
        )

    def _said(self, form: dict[str, str]) -> dict[str, object]:
        """What a form says, in the columns of the action log."""
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        what = form.get("what")
        if what == "acknowledge":
            return {"acted_at": now}
        if what == "assign":
            return {"owner_role": form.get("role", "")}
        if what == "snooze":
            try:
                return {"due_on": dt.date.fromisoformat(form.get("until", ""))}
            except ValueError:
                raise ActError("name the day until which it waits, as 2026-07-31") from None
        if what == "close":
            if form.get("outcome") not in OUTCOMES:
                raise ActError(f"say what came of it: {', '.join(OUTCOMES)}")
            lesson = form.get("lesson") or None
            if lesson is not None and lesson not in LESSONS:
                raise ActError(f"no lesson {lesson}; there are {', '.join(LESSONS)}")
            return {"closed_at": now, "outcome": form["outcome"], "lesson": lesson}
        raise ActError("say what you do: acknowledge, assign, snooze or close")

    def _who(self, request: Request) -> str | None:
        who = self.sessions.name(request.cookies.get(COOKIE)) if self.sessions else None
        request.state.who = who
        return who

    def _form_token(self, request: Request) -> str:
        cookie = request.cookies.get(COOKIE)
        if self.sessions is None or self.sessions.name(cookie) is None:
            return ""
        return self.sessions.form_token(str(cookie))

    def _missing(self, problem: str, who: str | None) -> str:
        return self._small("missing.html", page="missing.html", problem=problem, who=who or "")

    def _small(self, template: str, *, page: str, **content: str) -> str:
        """A page about the site itself; kept by nobody."""
        content = {"title": "drivewheel", "here": "", "form_token": "", **content}
        return self.site.render(page, template, lambda: content, key=repr(sorted(content.items())))


def _reason(form: dict[str, str]) -> str:
    why = form.get("why", "").strip()[:LONGEST_TEXT]
    if not why:
        raise ActError("say why: whoever reads it later does not know what you know")
    return why


async def _form(request: Request) -> dict[str, str]:
    """Fields of a form, each once."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            return {}
    fields = parse_qs(body.decode("utf-8", errors="replace"), max_num_fields=20)
    return {name: values[-1] for name, values in fields.items()}


def _is_of_this_site(request: Request) -> bool:
    """Whether a browser says that the form stood on a page of this site."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") in (None, "same-origin")
    return urlsplit(origin).netloc == request.headers.get("host")


def _own_path(target: str) -> str:
    """A path of this site, whatever somebody put into a link."""
    is_own = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_own and target.isprintable() else "/"


def _without_secret(path: str) -> str:
    """A path as it is logged: who reads the log opens no customer's page with it."""
    opens = f"/{portal.FOLDER}/"
    return f"{path[: len(opens) + len('2026-12-31-')]}…" if path.startswith(opens) else path


def _access_log(settings: Settings) -> Callable[[MutableMapping[str, Any]], None]:
    """A line of JSON for every request, in `<home>/pages/access.jsonl`."""
    path = settings.home_dir / "pages/access.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)

    def log(line: MutableMapping[str, Any]) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(line)}\n")

    return log
