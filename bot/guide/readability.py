"""How many years of schooling an English text asks for."""

from __future__ import annotations

import re

WORD = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)*|\d+")
SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
ABBREVIATION = re.compile(r"\b(Dr|Mr|Mrs|Ms)\.")
VOWELS = re.compile(r"[aeiouy]+")
SILENT_END = re.compile(r"(?:[^laeiouy]|[aeiouy]l)e$|[^aeioudt]ed$|[^aeiouyscxzgh]es$")
SPLIT_VOWELS = re.compile(
    r"(?<![cst])ia|(?<![cstx])io|iu|(?<!t)ie(?=n[ct])|(?<=[^aeiou])ier|ea$|eo(?!p)"
    r"|(?<![qg])ua|(?<![qgb])ui(?=[dn])|[oey]ing"
)


def syllables(word: str) -> int:
    """Syllables of an English word, estimated from its spelling; digits count as one each."""
    if word.isdigit():
        return len(word)
    lowered = word.lower()
    count = len(VOWELS.findall(lowered)) + len(SPLIT_VOWELS.findall(lowered))
    if SILENT_END.search(lowered):
        count -= 1
    return max(1, count)


def flesch_kincaid_grade(text: str) -> float:
    """The Flesch-Kincaid grade of an English text; raises ValueError when it holds no word."""
    words = WORD.findall(text)
    if not words:
        raise ValueError("a text without words has no reading grade")
    sentences = max(1, len(SENTENCE_END.findall(ABBREVIATION.sub(r"\1", text))))
    per_word = sum(syllables(word) for word in words) / len(words)
    return 0.39 * len(words) / sentences + 11.8 * per_word - 15.59
