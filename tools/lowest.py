"""Run the short suite with the lowest versions that pyproject.toml allows.

    make test-lowest        (or: .venv/bin/python tools/lowest.py [arguments of pytest])

A virtual environment of its own, in a temporary folder, gets every direct dependency of reading, training and serving
at its floor. What those need in turn, and the tools that run the tests, are as new as may be. Needs nothing but pip and
`packaging`, which pytest brings. A floor that fails here is too low: raise it.
"""

import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("train", "serve")
TOOLS = ("pytest", "hypothesis", "jaxtyping", "beartype", "httpx", "scikit-learn", "pyarrow")
SHORT = (
    "tests/pictures", "tests/data", "tests/evaluation", "tests/formats", "tests/models", "tests/test_files.py",
    "tests/test_reader.py", "tests/cli/test_cli_read.py", "tests/cli/test_cli_data.py", "tests/cli/test_cli_train.py",
    "tests/training/test_trainer.py", "tests/server/test_app.py", "tests/server/test_bodies.py",
)  # fmt: skip
"""Reading, models and their files, data, the command line, small trainings, the service."""


def floors(lines: list[str]) -> list[str]:
    """The lowest version that each requirement allows on this Python, as constraints for pip.

    >>> floors(["numpy>=2.0", "uvicorn>=0.40,<0.55", "uvloop>=0.21; platform_system == 'Amiga'"])
    ['numpy==2.0', 'uvicorn==0.40']
    """
    lowest = []
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate():
            least = max((one.version for one in requirement.specifier if one.operator == ">="), key=Version)
            lowest.append(f"{requirement.name}=={least}")
    return lowest


def main(arguments: list[str]) -> int:
    """Install, test, and return pytest's exit code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    lowest = floors([*project["dependencies"], *(line for extra in EXTRAS for line in extras[extra])])
    print(*lowest, sep="\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder, "Scripts" if sys.platform == "win32" else "bin", "python")
        constraints = Path(folder, "floors.txt")
        constraints.write_text("\n".join(lowest) + "\n", "utf-8")
        install = [str(python), "-m", "pip", "install", "--quiet", "--constraint", str(constraints)]
        subprocess.run([*install, "--editable", f"{ROOT}[{','.join(EXTRAS)}]", *TOOLS], check=True)
        # Old versions warn of what new versions of others took away; that is no fault of ours.
        pytest = [str(python), "-m", "pytest", "-m", "not long", "-W", "default", "-p", "no:cacheprovider"]
        return subprocess.run([*pytest, *(arguments or SHORT)], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
