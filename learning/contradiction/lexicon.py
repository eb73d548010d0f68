"""English words by what they do in a claim. Small on purpose: a word that is missing costs a missed update, a word
that is wrong costs a fact.
"""

from functools import cache, lru_cache

import Stemmer


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


COPULAS = words("is are was were am be been being 's")
AUXILIARIES = COPULAS | words("has have had do does did can will")
ADVERBS = words(
    """
    now currently still already also just recently finally again never not no longer always usually too
    """
)
NEGATIONS = words("not never no nobody none cannot without")
DETERMINERS = words("the a an our this that these those")
FRESH = words("new current latest updated actual present")  # adjectives that name the value of today
PRONOUNS = words("i we you they he she it")

# What makes a sentence no claim about the present: questions, wishes, plans, hearsay, conditions.
HEDGES = words(
    """
    if might maybe perhaps possibly probably should would could shall must hope hopes wish wishes consider
    considers considered considering think thinks thought believe believes plan plans planning planned says said
    asked asks almost nearly unless whether suppose guess assume imagine expects expect likely unlikely let's
    please try tries tried trying going will used
    """
)

# Verbs of change, by what they do to their object. Participles and past forms are stems (Snowball's).
MOVES = frozenset(["moved", "relocated", "moving"])
CHANGES = words(
    """
    changed upgraded downgraded migrated switched renamed increased decreased raised lowered reduced bumped
    extended shortened postponed rescheduled pushed brought rotated updated rewritten relicensed scaled grown
    grew turned set converted transferred cut corrected adjusted reassigned rebranded moved relocated replaced
    delayed
    """
)
ENDS = words(
    """
    stopped quit ceased sold left cancelled canceled abandoned dropped removed retired closed reopened fixed
    """
)
OPENERS = words("correction update reminder note fyi edit btw actually")

# Attributes of which a thing has one value at a time: "the code is 4712" says that 4711 no longer is.
SINGLE_VALUED = words(
    """
    code password passphrase pin passcode port address email e-mail url name nickname username handle number
    phone timezone version size salary rent price fee rate limit threshold timeout deadline budget quota ip
    hostname endpoint key token secret colour color height weight age title status capital
    """
)
# Verbs whose object is one at a time for most subjects: who lives in Munich does not live in Berlin.
RESIDES = words("lives live lived resides reside based located hosted")

OPPOSITES: dict[str, str] = {
    left: right
    for pair in (
        "enabled disabled", "on off", "allowed forbidden", "allowed prohibited", "open closed", "likes hates",
        "like hate", "loves hates", "love hate", "likes dislikes", "like dislike", "reversible irreversible",
        "possible impossible", "public private", "required optional", "safe unsafe", "valid invalid",
        "supported unsupported", "active inactive", "present absent", "true false", "online offline",
        "healthy unhealthy", "accepted rejected", "approved rejected", "broken fixed", "available unavailable",
    )
    for left, right in (pair.split(), reversed(pair.split()))
}  # fmt: skip

# Third-person and past forms of verbs that claims are made with; base forms count after a plural or first person.
_REGULAR = words(
    """
    live work use run drive prefer like listen deploy smoke support own play speak learn study need want require
    include contain depend start end close open belong manage report love hate dislike enjoy know call join
    leave teach cost weigh measure earn pay charge serve host store keep hold offer allow forbid record visit
    own wear travel commute train attend lead head chair maintain handle return produce cover connect point
    resolve expire last take meet expect change move relocate upgrade downgrade migrate switch rename increase
    decrease raise lower reduce bump extend shorten postpone reschedule push rotate update relicense scale turn
    convert transfer replace correct adjust reassign rebrand delay stop quit cease cancel abandon drop remove
    retire fix step reopen stay reside plan release claim contribute participate sleep eat drink cook read write
    buy sell hire add resign marry divorce graduate finish complete arrive depart
    """
)
_IRREGULAR = words(
    """
    ran drove spoke taught met led held kept took left sold bought got gave went came became began grew grown
    wrote written rewritten rewrote put cut set shut read said knew known made paid met brought built sent spent
    goes went ate drank slept won lost chose chosen wore thought stood understood took taken gone born called
    quit
    """
)


@cache
def verb_forms() -> frozenset[str]:
    """Forms that are verbs wherever they stand behind a subject."""
    forms = set(_IRREGULAR)
    for base in _REGULAR:
        forms |= {_third(base), _past(base)}
    return frozenset(forms)


@cache
def base_forms() -> frozenset[str]:
    """Forms that are verbs behind "I", "we", "you", "they" or an auxiliary."""
    return _REGULAR | words("have do go get put set speak drive run sell buy know make")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The Snowball stem of a word, as search terms have it; "" for a determiner."""
    return "" if word in DETERMINERS else str(Stemmer.Stemmer("english").stemWord(word))


def _third(base: str) -> str:
    if base.endswith(("s", "x", "ch", "sh", "o")):
        return base + "es"
    return base[:-1] + "ies" if base.endswith("y") and base[-2] not in "aeou" else base + "s"


def _past(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base in {"stop", "drop", "plan", "cancel", "quit", "step", "ship", "chat"}:
        return base + ("led" if base == "cancel" else base[-1] + "ed")
    return base[:-1] + "ied" if base.endswith("y") and base[-2] not in "aeou" else base + "ed"
