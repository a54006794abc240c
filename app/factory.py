"""`create_app()`: the only file that knows every face. Host → site → face, before any routing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Request, Response

from app.domains.payments import queries as payments
from app.domains.tenancy import flows as tenancy
from app.domains.tenancy.queries.directory import Site
from app.faces import callbacks, partner_console, storefront
from app.kit import settings as kit_settings
from app.kit.boot import open_root
from app.kit.notices import Listener
from app.kit.scope import GUEST, NOTHING, Scope
from app.kit.settings import Settings
from app.kit.storage import open_storage
from app.kit.web import SCOPE, create_face, new_request_id

StartResponse = Callable[..., Any]
READY_MARK = "ready"


class Serai:
    """The WSGI application. An unknown host is a plain 404, never a default tenant."""

    def __init__(self, root: Scope) -> None:
        self.root = root
        settings = root.settings
        common = {"secret_key": settings.derive("web-session"), "is_secure": settings.is_production}
        has_sandbox = "sandbox" in payments.list_offered_gateways(root)
        provider = urlsplit(settings.sandbox_provider_url)
        self.faces: dict[str, Any] = {
            "storefront": create_face(
                "storefront",
                storefront.__name__,
                templates=storefront.TEMPLATES,
                static=storefront.STATIC,
                blueprints=[*storefront.blueprints(), *callbacks.blueprints()],
                prepare=storefront.prepare,
                form_targets=[f"{provider.scheme}://{provider.netloc}"] if has_sandbox else [],
                **common,
            ),
            "partner_console": create_face(
                "partner_console",
                partner_console.__name__,
                templates=partner_console.TEMPLATES,
                static=partner_console.STATIC,
                blueprints=partner_console.blueprints(),
                prepare=partner_console.prepare,
                **common,
            ),
        }
        storage = open_storage(settings)
        for face in self.faces.values():
            face.extensions["storage"] = storage
        partner_console.protect(self.faces["partner_console"])
        self._listener: Listener | None = None
        hops = settings.trusted_proxies
        self._answer = ProxyFix(self._serve, x_for=hops, x_proto=hops, x_host=0) if hops else self._serve

    def start_listening(self) -> None:
        """Start the listener for notices; after the fork, once per process."""
        if self._listener is None:
            self._listener = Listener(self.root.settings)
            self._listener.start()

    def after_fork(self) -> None:
        """In a child: the parent's sockets are not ours."""
        self.root.database.dispose(close=False)
        self.start_listening()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        found: Iterable[bytes] = self._answer(environ, start_response)
        return found

    def _serve(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path == "/healthz":
            return _plain(200, "alive\n")(environ, start_response)
        if path == "/readyz":
            return self._ready()(environ, start_response)
        site = self._find_site(Request(environ))
        if site is None:
            return _plain(404, "Nothing is served at this host.\n")(environ, start_response)
        base = tenancy.scope_of_site(self.root, site)
        locale = _take_locale(environ, base.storefront.locales if base.storefront else ())
        environ["serai.request_id"] = new_request_id()
        environ["serai.locale"] = locale or base.locale
        environ["serai.status"] = site.status
        environ[SCOPE] = base.with_values(
            actor=GUEST,
            permissions=NOTHING,
            locale=locale or base.locale,
            request_id=environ["serai.request_id"],
        )
        return self.faces[site.face](environ, start_response)

    def _find_site(self, request: Request) -> Site | None:
        host = _normal_host(request.host)
        if host is None:
            return None
        site = tenancy.find_site(self.root, host)
        return site if site is not None and site.face in self.faces else None

    def _ready(self) -> Response:
        """Database and queue answer; and where a demo is being set up, its tenants are applied."""
        settings = self.root.settings
        try:
            with self.root.transaction() as unit:
                if unit.db.scalar(func.to_regclass("queue.procrastinate_jobs")) is None:
                    return _plain(503, "not ready: the queue is missing\n")
        except Exception as error:
            return _plain(503, f"not ready: {type(error).__name__}\n")
        if settings.environment == "demo" and not (settings.var / READY_MARK).exists():
            return _plain(503, "not ready: the demo is being set up\n")
        return _plain(200, "ready\n")


def create_app(settings: Settings | None = None) -> Serai:
    """The application, from given settings or from those of the environment."""
    return Serai(open_root(settings or kit_settings.load()))


def _normal_host(text: str) -> str | None:
    """A host in the directory's form: lower case, without port and final dot. None for what is not one."""
    host = text.rsplit(":", 1)[0] if ":" in text and not text.endswith("]") else text
    host = host.lower().rstrip(".")
    return host if host and len(host) <= 253 and all(part for part in host.split(".")) else None


def _take_locale(environ: dict[str, Any], locales: tuple[str, ...]) -> str | None:
    """Move a language prefix (`/en/…`, not the default language) from the path into the script name.

    Every address that is built then keeps the language by itself.
    """
    path = environ.get("PATH_INFO", "/")
    first, slash, rest = path.lstrip("/").partition("/")
    if first not in locales[1:]:
        return None
    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + f"/{first}"
    environ["PATH_INFO"] = f"/{rest}" if slash else "/"
    return first


def _plain(status: int, text: str) -> Response:
    return Response(text, status=status, content_type="text/plain; charset=utf-8")
