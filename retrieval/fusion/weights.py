"""How much each signal may move a memory, in cosine units on top of its dense score.

Unless a line says otherwise: tuned on LoCoMo and BEAM dev by coordinate search; the optimum is flat (weights chosen
with each conversation left out score within .012 of these).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """Every constant of the ranking. Signals are documented in `retrieval.fusion.signals`."""

    words: float = 0.35
    joint: float = 0.60  # share of `words` that the turns around lend
    exact: float = 0.15  # tuned on own facts
    quoted: float = 0.15  # as exact; in the sets nine questions quote anything, and rank the same without
    role: float = 0.25
    near: float = 0.30
    local: float = 0.20
    alone: float = 2.0  # own excess in place of the session's, for a memory without mates; tuned on mixed namespaces
    author: float = 0.35
    date: float = 0.60
    wish: float = 0.08
    order: float = 0.20
    when: float = 0.10
    count: float = 0.03
    # What a turn tells. Chosen by hand after fitting what is left unexplained; random changes found nothing better.
    asks: float = 0.05
    told: float = 0.08
    details: float = 0.025  # each of up to three
    brief: float = 0.025  # each time that it is shorter than BRIEF_PIECES by a factor of e
    crowd: float = 0.06  # for each better one of its session, where several are asked for
    importance: float = 0.10  # chosen, not measured: no set has it; bounded at +-.1


WEIGHTS = Weights()
SHORT_PIECES = 256.0  # a memory of this many word pieces takes e^-1 of what its session says of it
ROLE_ASKED = 0.75  # share of `role` left when a question is about "you"; at .5 and .25 BEAM's MRR loses .002, .011
NEAR_SEVERAL = 0.5  # share of `near` left where several are asked for: they stand apart, not side by side
CROWD_MOST = 4
TALK_SCALE = 0.05  # cosine units behind the nearest after which a memory counts e^-1 for turns against notes
TALK_SHARES = (0.5, 0.9)  # share of turns among the nearest up to which this is no chat, and from which it is one
PEAK_NEAREST = 60  # nearest memories that say what kind of texts these are
TIED_AT = 10  # the vectors decide when the best is much nearer than this one ...
TIED, TIED_NOTES, TIED_TURNS = 0.15, 0.20, 0.274  # ... and not at all below TIED (cosine units)
TELLING_TERMS = (2, 4)  # search terms of a question up to which notes' words say nothing, and from which they count
SHORT_TEXTS = (0.2, 0.6)  # mean shortness of the nearest from which words of notes begin to count, and count in full
ASKING_NOTES, ASKING_TURNS = 0.05, 0.25  # share of short questions among the nearest: of notes; of a dialogue
BRIEF_PIECES = 48.0  # word pieces below which a turn is too brief to tell much
# A stream holds where some of the memories stored around do ask, too: of STREAM_AROUND before and after, STREAM_ASKING;
# STREAM_PRIOR is what one that nobody knows is taken for. Facts stored in one go among chats without sessions have
# recall@10 .825, with it .870 (.851 by vectors alone); BEAM's chats there .569, .568; LoCoMo alone .783, .781.
STREAM_AROUND, STREAM_ASKING, STREAM_PRIOR = 60, (0.02, 0.10), 0.2
LOCAL_TURNS = 16  # half width of the window in which a session's best memories count
LOCAL_BEST = 3
JOINT_TURNS, JOINT_FADE = 4, 0.7  # how many turns away words are lent, and what is left of them a turn further
DAY_SCALE = 5.0  # days after which a named day counts e^-1
DATE_HIT = 0.3  # closeness from which a memory counts as one of the date's
# How much less a window of a long memory counts than a whole text, in cosine units: many windows are many chances.
# Neutral on BEAM dev (recall@5/@10/MRR .575 .637 .609; without windows .563 .642 .614). Of 70 facts buried in documents
# of 2,000 words among short lures, 20 are in the first five; 23 without the discount, 4 without windows.
WINDOW_DISCOUNT = 0.05
# A question in a script that the encoder cannot read has meaningless cosines (.9 for strangers): words decide, and
# stand in for the cosine by the root of the share found. Of 100 like facts in Chinese 12 came first when asked for in
# their words, with it all; their scores are over .6 then, those of questions about other things under .1.
UNREAD_COSINE = 1.4
