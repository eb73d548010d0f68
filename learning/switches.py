"""One switch a mechanism: an instance's, and a namespace's own where it wants another."""

from accounts.namespace_settings import NamespaceSetting, register


def _switch(name: str, what: str) -> NamespaceSetting[bool]:
    return register(NamespaceSetting(name, bool, name.upper(), None, what))


LEARNING = _switch("learning", "Whether feedback teaches and what it taught is used.")
PROPAGATION = _switch("propagation", "Whether a recall walks from grain to grain.")
SHORTCUTS = _switch("shortcuts", "Whether grains that are useful together get a conduit.")
WIRING = _switch("wiring", "Whether new grains are wired to their neighbours, sessions and entities.")
PROMOTION = _switch("promotion", "Whether breadth of use makes a memory core, and disuse working again.")
REPUTATION = _switch("reputation", "Whether verdicts on recalls count for a memory's trust and its sources'.")
