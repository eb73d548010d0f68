"""Django's registration of the bridge: it has commands, no models."""

from django.apps import AppConfig


class McpBridgeConfig(AppConfig):
    """The adapter between MCP and the services."""

    name = "mcp_bridge"
