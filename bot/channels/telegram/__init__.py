"""The Telegram channel: its own durable receive loop, python-telegram-bot as client and types.

Nothing outside this package knows Telegram; the rest sees a channel called "telegram".
"""

CHANNEL = "telegram"
