"""/docs as a browser shows it: its script draws the document, under the policy that the service sends."""

import shutil
import subprocess
from pathlib import Path

import pytest

from inkdigit.server.problems import STATUS
from raw_http import running

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_documentation_is_drawn(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        url = f"http://127.0.0.1:{service.port}"
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom"]
        words = [str(CHROMIUM), *options, f"--user-data-dir={tmp_path / 'profile'}", f"{url}/docs"]
        shown = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120).stdout
    for path in ("/v1/read", "/v1/classify", "/v1/model", "/healthz", "/readyz", "/metrics"):
        assert f'<section id="{path}">' in shown
    for code, status in STATUS.items():
        assert f'<tr id="{code}"><td><code>{code}</code></td><td>{status}</td></tr>' in shown
    assert f"<code>curl -F image=@page.jpg {url}/v1/read</code>" in shown
