"""The switch of this mechanism, which a namespace may set for itself."""

from accounts.namespace_settings import NamespaceSetting, OneOf, register

CONTRADICTION = register(
    NamespaceSetting(
        "contradiction",
        str,
        "CONTRADICTION",
        OneOf(("automatic", "review", "off")),
        "Whether outdated memories make way by themselves, every pair goes to review, or nothing is compared.",
    )
)
