"""ONNX Runtime collects nothing, whoever is the first to need it."""

import ast
import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "inkdigit"


def test_telemetry_is_off_before_it_is_imported() -> None:
    code = "import inkdigit.ort, os; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    clean = {key: value for key, value in os.environ.items() if key not in {"ORT_DISABLE_TELEMETRY", "HOME"}}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=clean, check=True)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_nobody_imports_it_past_this_module() -> None:
    past = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if "onnxruntime" in names and path.name != "ort.py":
                past.append(str(path))
    assert not past, past
