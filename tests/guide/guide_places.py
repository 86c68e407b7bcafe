from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "data" / "guide"
TEST_DATA = ROOT / "tests" / "data" / "guide"
