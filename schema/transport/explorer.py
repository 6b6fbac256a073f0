"""GraphiQL at /graphql: the page, its files, and in the demo the accounts it offers.

Nothing here reads rows or knows who asks: the page is the same for everybody, and what it asks carries a token.
"""

import json
import os
import re
from pathlib import Path

from django.conf import settings
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from backend.demo.accounts import CHINESE
from permissions.errors import ErrorCode

DIST = Path(__file__).resolve().parent / "graphiql" / "dist"
LOOPBACK_PEERS = frozenset({"127.0.0.1", "::1"})
LOOPBACK_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}
# Monaco writes style elements and attributes, hence 'unsafe-inline' for styles alone. Fonts and icons come as data URLs
# inside the style sheets. A worker is bound by the policy on its own script: so every file carries it.
CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self' data:",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in CONTENT_SECURITY_POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# The same path answers a POST with JSON: no cache between may give one for the other.
PAGE_HEADERS = HEADERS | {"Cache-Control": "no-cache", "Vary": "Accept"}
NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Prism · GraphiQL is not built</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:38rem;margin:12vh auto;padding:0 1rem}
code{background:#eef2ff;border-radius:4px;padding:.1em .35em}</style></head><body>
<h1>GraphiQL is not built yet</h1>
<p>The API works: <code>POST</code> your query to this very address with <code>Authorization: Bearer …</code>.</p>
<p>For the page, install Node 20.19 or later (it brings <code>npm</code>), run <code>make graphiql</code> in the
checkout, and reload. The server need not be restarted.</p>
<p lang="zh">接口可以正常使用。要打开 GraphiQL 页面，请安装 Node 20.19 或更新版本，在项目目录运行
<code>make graphiql</code>，然后刷新本页，不必重启服务。</p>
</body></html>
"""


def explorer_page() -> Response:
    """Return GraphiQL's page; where it was not built, a page that says how to build it."""
    try:
        page = (DIST / "index.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        page = NOT_BUILT
    return HTMLResponse(page, headers=PAGE_HEADERS)


def page(_request: Request) -> Response:
    """Answer a browser that opens the graph's address."""
    return explorer_page()


def asset(request: Request) -> Response:
    """Return one built file, compressed where the browser takes that."""
    file = _built_file(request.path_params["name"])
    if file is None:
        raise HTTPException(404)
    # A file's name carries the hash of its content, so it never changes under that name.
    headers = HEADERS | {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    media_type = MEDIA_TYPES[file.suffix]
    compressed = file.with_name(f"{file.name}.gz")
    if "gzip" in request.headers.get("accept-encoding", "") and compressed.exists():
        return FileResponse(compressed, headers=headers | {"Content-Encoding": "gzip"}, media_type=media_type)
    return FileResponse(file, headers=headers, media_type=media_type)


def demo_accounts(request: Request) -> Response:
    """Return the demo's roles with their tokens, to a browser on this machine and only while the demo runs."""
    accounts = _demo_accounts() if _is_local(request) else []
    if not accounts:
        raise HTTPException(404)
    return JSONResponse(accounts, headers=HEADERS | {"Cache-Control": "no-store"})


# Invariant: a name is served only if the folder's listing holds it. No path is built from what the caller sent, so
# there is nothing to climb out of.
def _built_file(name: str) -> Path | None:
    try:
        listing = {file.name: file for file in (DIST / "assets").iterdir()}
    except FileNotFoundError:
        return None
    file = listing.get(name)
    return file if file is not None and file.suffix in MEDIA_TYPES else None


# Invariant: tokens go to no page of another origin. A name that somebody else's DNS points at 127.0.0.1 comes with that
# name in Host, and a peer from elsewhere may write what it likes in Host: both must be this machine.
def _is_local(request: Request) -> bool:
    peer = request.client.host if request.client else ""
    return peer in LOOPBACK_PEERS and LOOPBACK_HOST.fullmatch(request.headers.get("host", "")) is not None


def _demo_accounts() -> list[dict[str, str]]:
    if os.environ.get("PRISM_DEMO") != "1":
        return []
    try:
        tokens: dict[str, str] = json.loads((settings.VAR_DIR / "demo-tokens.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        # The demo has not written it yet, or is writing it now; the page asks again when it is reloaded.
        return []
    return [{"role": role, "name": CHINESE.get(role, role), "token": token} for role, token in tokens.items()]


def _missing(_request: Request, _error: Exception) -> Response:
    return _refusal(404, ErrorCode.NOT_FOUND, "There is nothing at this address.")


def _only_get(_request: Request, _error: Exception) -> Response:
    return _refusal(405, ErrorCode.BAD_REQUEST, "This address only answers GET.", {"Allow": "GET, HEAD"})


def _refusal(status: int, code: ErrorCode, message: str, more: dict[str, str] | None = None) -> Response:
    """Return an error in the graph's own shape: a sentence and a code."""
    body = {"errors": [{"message": message, "extensions": {"code": code.value}}]}
    return JSONResponse(body, status, HEADERS | {"Cache-Control": "no-store"} | (more or {}))


explorer = Starlette(
    routes=[
        Route("/graphql", page),
        Route("/graphql/", page),
        Route("/graphql/assets/{name:path}", asset),
        Route("/graphql/demo-accounts", demo_accounts),
    ],
    exception_handlers={404: _missing, 405: _only_get},
)
"""The ASGI application for GET /graphql from a browser and for everything below /graphql/."""
