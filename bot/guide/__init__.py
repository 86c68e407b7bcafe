"""The clinic's guides: read, checked, and rendered as answers. Pure but for reading files."""

from bot.guide.approving import Part, approve, replace
from bot.guide.check import normal_question
from bot.guide.library import Library, load_library, validate
from bot.guide.model import (
    SOURCE_LANGUAGE,
    Approval,
    Guide,
    GuideError,
    Passage,
    Problem,
    Procedure,
    Section,
    Text,
    Wording,
    digest,
)
from bot.guide.naming import named, only_names
from bot.guide.readability import flesch_kincaid_grade
from bot.guide.render import Answer, Labels, NothingToServeError, Source, Style, render

__all__ = [
    "SOURCE_LANGUAGE",
    "Answer",
    "Approval",
    "Guide",
    "GuideError",
    "Labels",
    "Library",
    "NothingToServeError",
    "Part",
    "Passage",
    "Problem",
    "Procedure",
    "Section",
    "Source",
    "Style",
    "Text",
    "Wording",
    "approve",
    "digest",
    "flesch_kincaid_grade",
    "load_library",
    "named",
    "normal_question",
    "only_names",
    "render",
    "replace",
    "validate",
]
