"""How the mention of a sign may be read; the order of precedence is in bot/triage/assertion.py."""
