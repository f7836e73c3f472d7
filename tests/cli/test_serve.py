import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
import webbrowser
from pathlib import Path
from queue import SimpleQueue

import pytest

# A service imports these in two threads, which the import hook that checks the shapes cannot bear; see conftest.py.
import inkdigit.server.app
import inkdigit.server.deadlines
import inkdigit.server.model  # noqa: F401
from cli.conftest import PROGRAM, Command
from inkdigit.cli import serve
from inkdigit.errors import BadInput, UsageError
from raw_http import running, status_of

TOKEN = "a-token-of-some-length"
PHOTO = Path(__file__).parent.parent.parent / "examples" / "photo.jpg"


def test_a_new_user_reads_a_photo_with_curl(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        url = f"http://127.0.0.1:{service.port}"
        assert f"inkdigit: reading with mlp at {url} (API: {url}/docs); stop with Ctrl-C\n" in service.log
        done = subprocess.run(
            ["curl", "-s", "-F", f"image=@{PHOTO}", f"{url}/v1/read"], capture_output=True, check=True
        )
        page = json.loads(done.stdout)
        assert page["file"] == "photo.jpg"
        assert len(page["lines"]) > 1
        with urllib.request.urlopen(f"{url}/docs") as answer:
            assert b"/docs.js" in answer.read()


def test_ctrl_c_is_a_good_end(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        service.process.send_signal(signal.SIGINT)
        assert service.process.wait(15) == 0
        assert service.log.endswith("inkdigit: stopped\n")


def test_a_port_that_is_taken_is_said_before_anything_is_loaded(program: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = program("serve", "--port", port, "--model", "/nowhere/model.onnx")
    assert (done.code, done.out) == (6, "")
    assert done.err == (
        f"inkdigit: error: cannot listen: 127.0.0.1:{port}: the port is in use; "
        "choose another with --port, 0 for any that is free\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--host", "no.such.host.invalid"], 2, "no address"),
        (["--port", "65536"], 2, "0 to 65,535"),
        (["--port", "http"], 2, "whole number"),
        (["--port", "0", "--model", "nonesuch"], 2, "unknown model"),
        (["--port", "0", "--model", "/nowhere/model.onnx"], 3, "no such file"),
        (["--port", "0", "--token-file", "/nowhere/token"], 3, "no such file"),
        (["--port", "0", "--no-auth", "--token-file", "x"], 2, "choose one of"),
        (["--port", "0", "--workers", "0"], 2, "1 to 64"),
        (["--port", "0", "--workers", "2", "--model", "nonesuch"], 2, "unknown model"),
    ],
)
def test_what_cannot_be_served_is_one_line(inkdigit: Command, arguments: list[str], code: int, words: str) -> None:
    done = inkdigit("serve", *arguments)
    assert done.code == code
    assert words in done.err
    assert done.err.count("\n") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may use every port")
def test_a_privileged_port_is_not_permitted(inkdigit: Command) -> None:
    assert inkdigit("serve", "--port", 80).code == 4


def test_a_file_that_is_no_model_stops_it(inkdigit: Command, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x80\x04\x95pickle")
    done = inkdigit("serve", "--port", 0, "--model", tmp_path)
    assert done.code == 3
    assert done.err.count("\n") == 1


# Who may use it -------------------------------------------------------------------------------------------------


def test_beyond_this_machine_a_token_is_made_and_shown_once(tmp_path: Path) -> None:
    with running(tmp_path, "--host", "0.0.0.0") as service:
        shown = re.findall(r"the token, shown this once: (\S+)", service.log)
        assert len(shown) == 1
        assert len(shown[0]) >= 43
        assert status_of(service.get("/v1/model")) == 401
        assert status_of(service.get("/healthz")) == 200
        bearer = (
            f"GET /v1/model HTTP/1.1\r\nHost: 10.1.2.3\r\nConnection: close\r\nAuthorization: Bearer {shown[0]}\r\n\r\n"
        )
        assert status_of(service.ask(bearer.encode())) == 200
        assert service.log.count(shown[0]) == 1


def test_the_token_of_the_environment_is_never_shown(tmp_path: Path) -> None:
    with running(tmp_path, "--allow-host", "Reader.Example", env={serve.VARIABLE: TOKEN}) as service:
        assert status_of(service.get("/v1/model")) == 401
        request = "GET /v1/model HTTP/1.1\r\nHost: reader.example\r\nConnection: close\r\n"
        request += f"Authorization: Bearer {TOKEN}\r\n\r\n"
        assert status_of(service.ask(request.encode())) == 200
        assert status_of(service.ask(request.replace("reader", "evil").encode())) == 403
    assert TOKEN not in service.log


def test_this_machine_alone_needs_no_token() -> None:
    assert serve._token(None, no_auth=False, beyond=False) == (None, False)


def test_a_token_may_be_left_out_only_when_that_is_spelled_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert serve._token(None, no_auth=True, beyond=True) == (None, False)
    assert "warning: --no-auth" in capsys.readouterr().err
    made, is_new = serve._token(None, no_auth=False, beyond=True)
    assert made
    assert is_new
    assert made != serve._token(None, no_auth=False, beyond=True)[0]


def test_a_token_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert serve._token(file, no_auth=False, beyond=True) == (TOKEN.encode(), False)
    file.chmod(0o644)
    with pytest.raises(BadInput, match="others may read"):
        serve._token(file, no_auth=False, beyond=True)


@pytest.mark.parametrize("token", ["", "short", "with a space in between", "schlüssel-schlüssel"])
def test_a_token_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv(serve.VARIABLE, token)
    with pytest.raises(UsageError, match="at least 16"):
        serve._token(None, no_auth=False, beyond=False)


def test_open_opens_the_page(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    opened: SimpleQueue[str] = SimpleQueue()
    monkeypatch.setattr(webbrowser, "open", opened.put)
    serve._greet("cnn", "http://127.0.0.1:1", open_page=False)
    serve._greet("cnn", "http://127.0.0.1:1", open_page=True)
    assert opened.get(timeout=10) == "http://127.0.0.1:1"
    assert opened.empty()
    assert capsys.readouterr().err.count("reading with cnn") == 2


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    hide = "import sys; sys.modules['fastapi'] = None; sys.argv[1:] = ['serve', '--port', '0']; "
    done = subprocess.run([sys.executable, "-c", hide + PROGRAM[2]], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert ".[serve]" in done.stderr
    assert done.stderr.count("\n") == 1
