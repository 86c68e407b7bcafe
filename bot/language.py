"""Which language a message is in: common words first, then a statistical model.

Short messages ("ok", "38.5") say nothing; then the language of the conversation stays.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml

from bot.settings import LOCALES, ROOT

OTHER = "other"
SURE = 0.95
SURE_OTHER = 0.99
MIN_LETTERS = 12
SAMPLE_CHARS = 2_000
TELLING_LETTERS = {"es": "¿¡ñ", "fr": "çœêèàùû"}
WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


def of(text: str, current: str) -> str:
    """The language to answer in: one of en, es, fr; `current` when the text does not tell."""
    found = detect(text, current)
    return current if found == OTHER else found


def detect(text: str, current: str) -> str:
    """Like `of`, but `other` for a text that is clearly in none of our languages."""
    sample = text[:SAMPLE_CHARS].replace("\u2019", "'").lower()
    hits = _hits(sample)
    best = max(hits, key=lambda locale: (hits[locale], locale == current))
    if hits[best] > 0 and hits[best] > max(n for loc, n in hits.items() if loc != best):
        return best
    if sum(map(str.isalpha, sample)) < MIN_LETTERS:
        return OTHER if _foreign_script(sample) else current
    language, probability = _identifier().rank(sample)[0]
    if language in LOCALES:
        return str(language) if probability >= SURE else current
    foreign = probability >= SURE_OTHER and not any(hits.values())
    return OTHER if foreign or _foreign_script(sample) else current


def _hits(sample: str) -> dict[str, int]:
    words = WORD.findall(sample)
    hits = {locale: sum(word in known for word in words) for locale, known in _words().items()}
    for locale, letters in TELLING_LETTERS.items():
        hits[locale] += any(letter in sample for letter in letters)
    return hits


def _foreign_script(sample: str) -> bool:
    letters = [letter for letter in sample if letter.isalpha()]
    latin = sum(letter < "\u0250" for letter in letters)
    return bool(letters) and latin < len(letters) / 2


@lru_cache(maxsize=1)
def _words() -> dict[str, frozenset[str]]:
    content = yaml.safe_load((ROOT / "data" / "language.yml").read_text("utf-8"))
    return {locale: frozenset(content["words"][locale].split()) for locale in LOCALES}


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  NumPy with it

    return LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
