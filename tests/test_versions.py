"""The versions that the tests ran with are among those that a user may have; the known holes are not."""

import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
REQUIRED = [
    requirement
    for requirement in map(Requirement, [
        *PYPROJECT["project"]["dependencies"],
        *(line for extra in PYPROJECT["project"]["optional-dependencies"].values() for line in extra),
        *PYPROJECT["dependency-groups"]["dev"],
    ])
    if requirement.name != "inkdigit" and (requirement.marker is None or requirement.marker.evaluate())
]  # fmt: skip
FIXED_IN = {
    "keras": "3.13.2",  # CVE-2026-1669, local files through HDF5; CVE-2026-0897, shape bombs
    "onnx": "1.21",
    "pillow": "12.2",
    "python-multipart": "0.0.27",
    "requests": "2.32.4",  # CVE-2024-47081, passwords of .netrc sent elsewhere
    "urllib3": "2.6.3",  # bodies that unpack without end
}


def test_every_pin_is_within_its_bounds() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}
    wrong = [str(one) for one in REQUIRED if not one.specifier.contains(pins.get(canonicalize_name(one.name), "0"))]
    assert not wrong


@pytest.mark.parametrize("name", FIXED_IN)
def test_no_version_with_a_known_hole_is_allowed(name: str) -> None:
    allowed = [one.specifier for one in REQUIRED if one.name == name]
    assert allowed
    for specifier in allowed:
        floors = [Version(one.version) for one in specifier if one.operator == ">="]
        assert floors
        assert max(floors) >= Version(FIXED_IN[name])


def test_the_lowest_versions_are_what_the_bounds_begin_with() -> None:
    spec = spec_from_file_location("lowest", ROOT / "tools" / "lowest.py")
    assert spec is not None
    assert spec.loader is not None
    lowest = module_from_spec(spec)
    spec.loader.exec_module(lowest)
    lines = ["numpy>=2.0", "uvicorn>=0.40,<0.55", "uvloop>=0.21; platform_system == 'Amiga'"]
    assert lowest.floors(lines) == ["numpy==2.0", "uvicorn==0.40"]
