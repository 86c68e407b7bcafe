"""The shape of the data files."""

from __future__ import annotations

from typing import Any

SIGNS = (
    "fever", "wound_infection", "wound_fluid", "csf_headache", "weakness", "numbness",
    "bladder_bowel_saddle", "cord", "worsening_pain", "leg_clot", "chest_breath",
    "swallow_airway", "allergy", "overdose", "seizure_confusion", "sepsis", "self_harm",
    "abdomen_bleeding", "fall_hardware", "before_surgery",
)  # fmt: skip
TIERS = ("emergency", "urgent", "ask", "routine")
CUES = (
    "pseudo", "idiom", "negation", "negation_after", "clause", "or_list", "and_list", "subject",
    "verb", "belief_absent", "hypothetical", "generic", "question_start", "normal_question",
    "personal", "now", "other_person", "past_of_others", "third_person", "patient_person",
    "quoted", "affirms", "feared",
    "past_remote", "past_recent", "past", "resolved", "resolved_before", "improving",
    "unchanged", "worse",
    "treated", "in_care", "uncertain", "double_negation", "correction", "retraction",
    "recent_operation", "topic", "claim", "thing", "creature", "bodily", "patient", "paper",
    "nominal", "denies_all", "close_person", "own_case", "own_after_all", "asks_help", "turn",
    "lasting",
    "oblique", "recovered", "relapse", "spell", "under_care", "complaint",
    "otherwise",
)  # fmt: skip
ANSWERS = ("yes", "no", "partly", "not_yet")

_PHRASES: dict[str, Any] = {
    "type": "array", "items": {"type": "string", "minLength": 1},
}  # fmt: skip
_REVIEW: dict[str, Any] = {
    "type": "object",
    "required": ["status"],
    "additionalProperties": False,
    "properties": {
        "status": {"enum": ["proposed", "reviewed", "rejected"]},
        "reviewer": {"type": "string"},
        "date": {"type": "string"},
    },
}
_LANGUAGE: dict[str, Any] = {"type": "string", "pattern": "^[a-z]{2}$"}
_VERSION: dict[str, Any] = {"type": "string", "minLength": 1}
_CLASSES: dict[str, Any] = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-z_0-9]+$"},
    "additionalProperties": {**_PHRASES, "minItems": 1},
}

LEXICON: dict[str, Any] = {
    "type": "object",
    "required": ["language", "version", "review", "red_flags"],
    "additionalProperties": False,
    "properties": {
        "language": _LANGUAGE,
        "version": _VERSION,
        "review": _REVIEW,
        "classes": _CLASSES,
        "red_flags": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["id", "category", "sign", "tier", "source", "phrases"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string", "pattern": "^[a-z0-9-]+$"},
                    "category": {"type": "string", "pattern": "^[A-S]$"},
                    "sign": {"enum": list(SIGNS)},
                    "tier": {"enum": list(TIERS)},
                    "source": {"type": "string", "minLength": 1},
                    "note": {"type": "string"},
                    "review": _REVIEW,
                    "phrases": {**_PHRASES, "minItems": 1},
                },
            },
        },
    },
}

ASSERTION: dict[str, Any] = {
    "type": "object",
    "required": ["language", "version", "review", "fillers", "stopwords", "cues", "answers"],
    "additionalProperties": False,
    "properties": {
        "language": _LANGUAGE,
        "version": _VERSION,
        "review": _REVIEW,
        "fillers": _PHRASES,
        "stopwords": _PHRASES,
        "classes": _CLASSES,
        "cues": {
            "type": "object",
            "additionalProperties": False,
            "properties": dict.fromkeys(CUES, _PHRASES),
        },
        "answers": {
            "type": "object",
            "required": list(ANSWERS),
            "additionalProperties": False,
            "properties": dict.fromkeys(ANSWERS, _PHRASES),
        },
    },
}

SPELLING: dict[str, Any] = {
    "type": "object",
    "required": ["language", "version", "aliases", "endings", "real_words"],
    "additionalProperties": False,
    "properties": {
        "language": _LANGUAGE,
        "version": _VERSION,
        "aliases": {"type": "object", "additionalProperties": {"type": "string"}},
        "endings": {"type": "array", "items": {"type": "string"}},
        "real_words": {"type": "string"},
    },
}

_WORDS: dict[str, Any] = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_LEVEL_RULE: dict[str, Any] = {"enum": ["keep", "lower", "urgent", "ask", "routine", "none"]}
_SEMANTIC = ("escalate", "escalate_emergency", "ask", "despite", "emergency")
TIERS_FILE: dict[str, Any] = {
    "type": "object",
    "required": [
        "version",
        "review",
        "signs",
        "assertions",
        "raise",
        "temperature",
        "pain_scores",
        "semantic",
    ],
    "additionalProperties": False,
    "properties": {
        "version": _VERSION,
        "review": _REVIEW,
        "signs": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["category", "tier"],
                "additionalProperties": False,
                "properties": {
                    "category": {"type": "string", "pattern": "^[A-S]$"},
                    "tier": {"enum": list(TIERS)},
                    "guide": {"type": "boolean"},
                    "assertions": {"type": "object", "additionalProperties": _LEVEL_RULE},
                },
            },
        },
        "assertions": {"type": "object", "additionalProperties": _LEVEL_RULE},
        "raise": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "why"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string"},
                    "why": {"type": "string"},
                    "signs": {"type": "array", "items": {"enum": list(SIGNS)}},
                    "with": {"type": "array", "items": {"enum": list(SIGNS)}},
                    "days": {"type": "array", "items": {"type": "integer"}},
                },
            },
        },
        "temperature": {"type": "object"},
        "pain_scores": {
            "type": "object",
            "required": ["rise", "at_least", "context", "times", "joins"],
            "additionalProperties": False,
            "properties": {
                "rise": {"type": "integer", "minimum": 1},
                "at_least": {"type": "integer", "minimum": 1, "maximum": 10},
                "context": _WORDS,
                "times": _WORDS,
                "joins": _WORDS,
            },
        },
        "semantic": {
            "type": "object",
            "required": list(_SEMANTIC),
            "additionalProperties": False,
            "properties": {
                name: {"type": "number", "minimum": 0, "maximum": 1} for name in _SEMANTIC
            },
        },
    },
}

PLACEHOLDERS = (
    "quote", "reference", "clinic_name", "clinic_phone", "out_of_hours", "emergency_number",
    "emergency_department", "crisis_line",
)  # fmt: skip
_TEXT: dict[str, Any] = {"type": "string", "minLength": 2}
_BY_PERSON: dict[str, Any] = {
    "type": "object",
    "required": ["patient", "third_person"],
    "additionalProperties": False,
    "properties": {"patient": _TEXT, "third_person": _TEXT},
}
_PLAIN_TEXTS = (
    "mentioned", "guide_says", "needs_check", "out_of_hours", "limits", "request", "no_request",
    "crisis", "self_harm_end", "question", "question_unclear", "offline", "not_sent",
    "standing_line", "correction", "reminder", "attachment",
)  # fmt: skip
_TEXTS_BY_PERSON = ("emergency", "urgent", "if_worse", "self_harm")
WORDING: dict[str, Any] = {
    "type": "object",
    "required": ["language", "version", "review", "texts"],
    "additionalProperties": False,
    "properties": {
        "language": _LANGUAGE,
        "version": _VERSION,
        "review": _REVIEW,
        "texts": {
            "type": "object",
            "required": [*_PLAIN_TEXTS, *_TEXTS_BY_PERSON, "answers", "fallbacks"],
            "additionalProperties": False,
            "properties": {
                **dict.fromkeys(_PLAIN_TEXTS, _TEXT),
                **dict.fromkeys(_TEXTS_BY_PERSON, _BY_PERSON),
                "answers": {
                    "type": "object",
                    "required": ["yes", "a_bit", "no"],
                    "additionalProperties": _TEXT,
                },
                "fallbacks": {
                    "type": "object",
                    "required": ["clinic_name", "clinic_phone", "emergency_number",
                                 "emergency_department"],
                    "additionalProperties": _TEXT,
                },
            },
        },
    },
}  # fmt: skip
OUTPUT: dict[str, Any] = {
    "type": "object",
    "required": ["version", "review", "languages", "units"],
    "additionalProperties": False,
    "properties": {
        "version": _VERSION,
        "review": _REVIEW,
        "units": {"type": "array", "items": {"type": "string"}},
        "languages": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["reassurance", "diagnosis", "waiting", "promise"],
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            },
        },
    },
}
