"""There is one way to register a tool; this keeps others from growing."""

import ast
import inspect
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from mcp_bridge import prompts, resources
from mcp_bridge.profiles import Profile
from mcp_bridge.registry import REGISTRY, BridgedTool
from mcp_bridge.server import build_server
from mcp_bridge.tools import flux, garner, memex, memoryoss
from tests.mcp_bridge.scripts import TOOLS

BRIDGE = settings.BASE_DIR / "mcp_bridge"
MAY_TOUCH_THE_SDK = {"registry.py", "arguments.py", "server.py", "http.py"}
MAY_TOUCH_CONNECTIONS = {"lending.py", "embedded.py", "http.py", "refusals.py", "mcp_config.py"}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(BRIDGE.rglob("*.py")):
        yield path, ast.parse(path.read_text())


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def test_only_the_registry_and_the_transports_touch_the_sdk():
    touching = {
        path.name for path, tree in sources() if any(n.split(".")[0] in {"mcp", "mcp_types"} for n in imported(tree))
    }
    assert touching == MAY_TOUCH_THE_SDK


def test_tools_and_their_neighbours_do_not_touch_connections():
    touching = {path.name for path, tree in sources() if any(n == "django.db" for n in imported(tree))}
    assert touching <= MAY_TOUCH_CONNECTIONS


def test_import_linter_knows_the_rule():
    document = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    contracts = {contract["name"]: contract for contract in document["tool"]["importlinter"]["contracts"]}
    rule = contracts["Tools reach agents through the registry only"]
    assert "mcp" in rule["forbidden_modules"]
    assert {"mcp_bridge.tools", "mcp_bridge.resources", "mcp_bridge.prompts"} <= set(rule["source_modules"])


@pytest.mark.parametrize("module", [garner, flux, memoryoss, memex, resources, prompts])
def test_every_public_function_of_a_tools_module_is_registered(module):
    tree = ast.parse(inspect.getsource(module))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            decorators = {ast.unparse(one).partition("(")[0] for one in node.decorator_list}
            assert decorators & {"tool", "resource", "prompt"}, f"{module.__name__}.{node.name}"
        assert not isinstance(node, ast.AsyncFunctionDef), "a tool that touches rows must not be async"


@pytest.mark.parametrize("profile", list(Profile))
def test_a_server_has_exactly_the_registered_tools(profile):
    server = build_server(profile, lambda context: pytest.fail("nobody called"))
    registered = server._tool_manager.list_tools()
    assert {tool.name for tool in registered} == TOOLS[profile]
    assert all(isinstance(tool, BridgedTool) for tool in registered)
    assert registered == REGISTRY.tools_of(profile)


def test_building_servers_twice_registers_nothing_twice():
    before = {profile: len(REGISTRY.tools_of(profile)) for profile in Profile}
    for profile in Profile:
        build_server(profile, lambda context: pytest.fail("nobody called"))
    assert {profile: len(REGISTRY.tools_of(profile)) for profile in Profile} == before
    assert len(REGISTRY.resources) == 3
    assert len(REGISTRY.prompts) == 2
