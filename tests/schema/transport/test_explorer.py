"""The page, its files and the demo's accounts, asked for as a browser does and as an attacker would."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from django.conf import LazySettings

from schema.transport import explorer as module

SOURCES = Path(module.__file__).parent / "graphiql"
SCRIPT = "index-AbCd1234.js"
LOCAL = "127.0.0.1:8000"
Browser = Callable[..., httpx.AsyncClient]


@pytest.fixture
def browser() -> Browser:
    """Return a maker of clients; they sit on this machine and call it 127.0.0.1 unless told otherwise."""

    def opened(host: str = LOCAL, peer: str = "127.0.0.1") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=module.explorer, client=(peer, 50000))
        return httpx.AsyncClient(transport=transport, base_url=f"http://{LOCAL}", headers={"Host": host})

    return opened


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a built page with one script, a compressed copy, and files that must never be served."""
    folder = tmp_path / "dist"
    (folder / "assets" / "deeper").mkdir(parents=True)
    (folder / "index.html").write_text("<title>GraphiQL</title>", encoding="utf-8")
    script = folder / "assets" / SCRIPT
    script.write_text("built()", encoding="utf-8")
    script.with_name(f"{SCRIPT}.gz").write_bytes(gzip.compress(b"built()"))
    (folder / "assets" / "style-1.css").write_text("a{}", encoding="utf-8")
    for secret in (tmp_path / "secret.js", folder / "secret.js", folder / "assets" / "deeper" / "secret.js"):
        secret.write_text("secret", encoding="utf-8")
    (folder / "assets" / "notes.txt").write_text("secret", encoding="utf-8")
    monkeypatch.setattr(module, "DIST", folder)
    return folder


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Path:
    """Return the token file of a running demo."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setenv("PRISM_DEMO", "1")
    file = tmp_path / "demo-tokens.json"
    file.write_text(json.dumps({"sales": "token-of-sales", "night_shift": "token-of-night"}), encoding="utf-8")
    return file


@pytest.fixture
def unfinished(demo: Path, request: pytest.FixtureRequest) -> None:
    """Leave the token file with what the parameter says; without it for None."""
    demo.unlink()
    if request.param is not None:
        demo.write_text(request.param, encoding="utf-8")


def code_of(answer: httpx.Response) -> str:
    """Return the code of a refusal."""
    return str(answer.json()["errors"][0]["extensions"]["code"])


@pytest.mark.usefixtures("dist")
@pytest.mark.parametrize("address", ["/graphql", "/graphql/"])
async def test_a_browser_gets_the_built_page(browser: Browser, address: str) -> None:
    answer = await browser().get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "GraphiQL" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["vary"] == "Accept"


async def test_without_a_build_the_page_says_what_to_do(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DIST", tmp_path / "absent")
    answer = await browser().get("/graphql")
    assert answer.status_code == 200
    for said in ("install Node", "<code>make graphiql</code>", "The API works", "请安装 Node"):
        assert said in answer.text
    assert (await browser().get(f"/graphql/assets/{SCRIPT}")).status_code == 404


@pytest.mark.usefixtures("dist", "demo")
@pytest.mark.parametrize("address", ["/graphql", f"/graphql/assets/{SCRIPT}", "/graphql/demo-accounts", "/graphql/x"])
async def test_every_answer_keeps_the_browser_at_home(browser: Browser, address: str) -> None:
    headers = (await browser().get(address)).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["worker-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "http" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


@pytest.mark.usefixtures("dist")
async def test_a_file_is_served_with_its_type_and_kept_for_good(browser: Browser) -> None:
    answer = await browser().get("/graphql/assets/style-1.css")
    assert (answer.status_code, answer.text) == (200, "a{}")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.usefixtures("dist")
@pytest.mark.parametrize(("accepted", "encoding"), [("gzip, br", "gzip"), ("identity", None)])
async def test_a_file_is_compressed_for_those_who_take_it(
    browser: Browser, accepted: str, encoding: str | None
) -> None:
    answer = await browser().get(f"/graphql/assets/{SCRIPT}", headers={"Accept-Encoding": accepted})
    assert answer.text == "built()"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers.get("content-encoding") == encoding


@pytest.mark.usefixtures("dist")
@pytest.mark.parametrize(
    "name",
    [
        "../secret.js",
        "../../secret.js",
        "..%2fsecret.js",
        "%2e%2e/secret.js",
        "%2e%2e%2f%2e%2e%2fsecret.js",
        "..%5csecret.js",
        "%2fetc%2fpasswd",
        "deeper/secret.js",
        "deeper",
        "notes.txt",
        f"{SCRIPT}.gz",
        f"{SCRIPT}%00",
        "absent.js",
        "",
    ],
)
async def test_nothing_outside_the_build_is_served(browser: Browser, name: str) -> None:
    answer = await browser().get(f"/graphql/assets/{name}")
    assert answer.status_code == 404
    assert code_of(answer) == "NOT_FOUND"
    assert "secret" not in answer.text


@pytest.mark.usefixtures("dist")
async def test_a_write_is_refused_with_a_code(browser: Browser) -> None:
    answer = await browser().post("/graphql/demo-accounts")
    assert answer.status_code == 405
    assert code_of(answer) == "BAD_REQUEST"
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("host", [LOCAL, "127.0.0.1", "localhost", "LOCALHOST:81", "[::1]:8000"])
async def test_the_demo_offers_its_accounts_to_this_machine(browser: Browser, host: str) -> None:
    answer = await browser(host).get("/graphql/demo-accounts")
    assert answer.json() == [
        {"role": "sales", "name": "销售", "token": "token-of-sales"},
        {"role": "night_shift", "name": "night_shift", "token": "token-of-night"},
    ]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("host", "peer"),
    [
        ("rebound.example", "127.0.0.1"),
        ("rebound.example:8000", "127.0.0.1"),
        ("127.0.0.1.rebound.example", "127.0.0.1"),
        ("localhost.rebound.example", "127.0.0.1"),
        ("rebound.example@127.0.0.1", "127.0.0.1"),
        ("[::1].rebound.example", "127.0.0.1"),
        ("", "127.0.0.1"),
        (LOCAL, "192.0.2.7"),
    ],
)
async def test_the_demo_offers_nothing_under_another_name(browser: Browser, host: str, peer: str) -> None:
    answer = await browser(host, peer).get("/graphql/demo-accounts")
    assert answer.status_code == 404
    assert code_of(answer) == "NOT_FOUND"
    assert "token" not in answer.text


@pytest.mark.parametrize("value", [None, "0", ""])
@pytest.mark.usefixtures("demo")
async def test_outside_the_demo_there_are_no_accounts(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv("PRISM_DEMO")
    else:
        monkeypatch.setenv("PRISM_DEMO", value)
    answer = await browser().get("/graphql/demo-accounts")
    assert answer.status_code == 404
    assert "token-of" not in answer.text


@pytest.mark.parametrize("unfinished", ['{"sales": "tok', "", None], indirect=True)
@pytest.mark.usefixtures("unfinished")
async def test_a_token_file_not_written_yet_offers_nothing(browser: Browser) -> None:
    assert (await browser().get("/graphql/demo-accounts")).status_code == 404


def test_the_lock_file_names_no_registry() -> None:
    lock = (SOURCES / "package-lock.json").read_text(encoding="utf-8")
    assert "omit-lockfile-registry-resolved=true" in (SOURCES / ".npmrc").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert "registry" not in lock
