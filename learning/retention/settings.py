"""The switch of retention, which a namespace may set for itself."""

from accounts.namespace_settings import NamespaceSetting, register

RETENTION = register(
    NamespaceSetting("retention", bool, "RETENTION", None, "Whether the namespace's retention policy is carried out.")
)
