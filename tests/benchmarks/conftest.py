"""The programs of benchmarks/ are imported by the name they have there."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
