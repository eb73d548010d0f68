"""Every constant of the graph. Those marked Flux are its own (they start what measurements may change)."""

from grains.models import Provenance
from learning.models import DecayClass, Relation

# --- propagation: Flux's numbers
ATTENUATION = 0.85
THRESHOLD = 0.15  # a weaker signal goes no further
HOPS = 5
# Bounds of a recall's walk, so that no hub slows it: conduits read of one entry and of one grain, grains that the walk
# starts from, and its steps altogether.
ENTRY_FAN, WORDING_FAN, GRAIN_FAN = 64, 128, 16
FRONT, STEPS = 24, 500
# Walked in no direction: a contradiction must not pull in what it contradicts, nor a successor what it replaced.
UNWALKED = (Relation.SUPERSEDES, Relation.CONTRADICTS)

# --- wordings: rated questions that are near the one asked
WORDINGS = 8  # nearest that are heard; 16 and 40 measure the same
# Cosine from which a wording speaks, growing to 1 by the square. From .5 to .65 reworded questions lose .002 of
# recall@10 on LoCoMo dev, and those that nobody rated win .005.
NEAR = 0.65
MOST_WORDINGS = 1_000  # of a namespace: a recall scans them all, in .6 ms; those longest unused go first

# --- what it is worth in the ranking, in cosine units; measured on LoCoMo and BEAM dev, see docs/learning.md
LIFT_WORDED = 0.8  # a wording's useful grain; .5 to 1.2 measure alike
SINK_WORDED = 0.15  # a wording's useless grain; .25 costs what nobody rated .005 on LoCoMo dev, .1 the rated as much
LIFT_TOLD = 1.0  # by the question's own terms, entities and author
LIFT_WIRED = 0.05  # by wiring alone, which nobody has rated
MOST_LIFT = 0.6  # the sum, either way

# --- feedback
# A verdict of strength 1 on a user's own statement. Flux's .05 would want twenty praises before a question is learned.
STEP = 0.6
# How fast a memory of each origin learns from praise (Flux). Blame counts in full: a wrong inference must go fast.
RATE = {
    Provenance.USER_STATED: 1.0,
    Provenance.EXTERNAL_SOURCE: 0.9,
    Provenance.AI_STATED: 0.5,
    Provenance.AI_INFERRED: 0.3,
}
STAKE = 1.0  # one caller's most on one conduit; the conduit's weight is tanh of all callers' stakes
CEILING = 0.95  # (Flux)
SHORTCUT_AT = 3  # times that two grains were useful together (Flux) ...
SHORTCUT_WEIGHT, SHORTCUT_STEP = 0.5, 0.05  # ... and what the shortcut starts with and gains (Flux)
SHORTCUT_GRAINS = 8  # of one recall that are paired
# What verdicts say of a memory itself, beside the question: little, since a useless result may be a right memory.
HELPED, MISLED = 0.25, 0.02
MOST_HELPED, MOST_MISLED = 1.0, 0.5  # one caller's most on one memory

# --- wiring
WIRED_SCALE = 0.5  # a neighbour's conduit weighs half of its cosine (Flux)
WIRED_NEIGHBOURS = 5  # (Flux)
WIRED_COSINE = 0.3  # and at least this near: below, neighbours of LoCoMo turns are strangers
WIRED_SESSION, WIRED_ENTITY = 0.5, 0.5

# --- decay: Flux's half-lives and grace
HALF_LIFE_HOURS = {DecayClass.CORE: 720.0, DecayClass.WORKING: 168.0, DecayClass.EPHEMERAL: 48.0}
GRACE_HOURS = 72.0  # of a conduit's youth, in which time runs at half speed
# What is left of a weight at the end of time: of a lesson and of the wiring. Fading ends there, not at nothing.
KEPT_TAUGHT, KEPT_WIRED = 0.2, 0.5

# --- promotion
CORE_AT = 3  # contexts in which a memory was of use (Flux)
CORE_LEFT_DAYS = 90  # without use after which a core memory is working again: three half-lives
