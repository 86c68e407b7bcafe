"""The perioperative guide assistant."""
