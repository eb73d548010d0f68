"""The switch of revival, which a namespace may set for itself."""

from accounts.namespace_settings import Between, NamespaceSetting, register

REVIVE_FROM = register(
    NamespaceSetting(
        "revive_from",
        float,
        "REVIVE_FROM",
        Between(0.0, 1.01),
        "From which cosine with a recall's question on a dormant memory wakes; over 1: never.",
    )
)
