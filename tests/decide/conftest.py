"""Lets the tests of this room import the story they share (decide_story.py)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
