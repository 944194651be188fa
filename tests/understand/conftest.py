"""Lets the tests of this room import the story and the quoting styles they share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
