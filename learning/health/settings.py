"""The switches of health, which a namespace may set for itself."""

from accounts.namespace_settings import Between, NamespaceSetting, register

HEALTH = register(
    NamespaceSetting("health", bool, "HEALTH", None, "Whether the namespace's health is watched and alerts are sent.")
)
WARM_UP = register(
    NamespaceSetting(
        "health_warm_up",
        float,
        "HEALTH_WARM_UP",
        Between(0.0, 10.0),
        "How much of each signal's warm-up is asked for: 1 is the usual, 0 judges from the first look on.",
    )
)
ALERT_HOURS = register(
    NamespaceSetting(
        "alert_hours",
        float,
        "ALERT_HOURS",
        Between(0.0, 168.0),
        "For how long after an alert of a signal no other one of it is sent.",
    )
)
