"""Custom actions: what the assistant says next. One short class each, no I/O at import.

An action has no effects of its own. Besides text it may name an effect (`{"effect": ...}`), which
bot/conversation/answers.py carries out in the transaction that stores the answer.
"""
