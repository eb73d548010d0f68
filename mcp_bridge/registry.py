"""The one way to give agents a tool, a resource or a prompt.

Each runs in a worker thread that borrows its connection, for a caller whose key has the scope, counted against the
key's quota; what a service refuses becomes a sentence. Nothing else in the bridge may touch the SDK (import-linter).
"""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from inspect import cleandoc, signature
from typing import Any, ParamSpec, TypeVar

import pydantic_core
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.prompts.base import Prompt, PromptArgument
from mcp.server.mcpserver.tools import Tool
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolResult, TextContent, ToolAnnotations
from prometheus_client import Histogram
from pydantic import PrivateAttr

from accounts.door import Caller
from accounts.scopes import Scope
from accounts.services.backpressure import backlog_check
from accounts.services.quotas import request_spend
from mcp_bridge.arguments import Arguments
from mcp_bridge.identity import connected
from mcp_bridge.lending import in_thread
from mcp_bridge.profiles import Profile, made_of
from mcp_bridge.refusals import Refusal, refusal_of

P = ParamSpec("P")
R = TypeVar("R")
Text = Callable[[Any], str]

CALL_SECONDS = Histogram(
    "garner_mcp_seconds",
    "Time of a tool, resource or prompt in its worker thread.",
    ["kind", "name", "outcome"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


@dataclass(frozen=True, slots=True)
class Offered:
    """A resource: `uri` may have one variable, {id}; `read` answers with JSON text."""

    uri: str
    name: str
    title: str
    description: str
    read: Callable[..., Awaitable[str]]


@dataclass(slots=True)
class Registry:
    """All that the decorators have registered."""

    tools: defaultdict[Profile, list[Tool]] = field(default_factory=lambda: defaultdict(list))
    resources: list[Offered] = field(default_factory=list)
    prompts: list[Prompt] = field(default_factory=list)

    def tools_of(self, profile: Profile) -> list[Tool]:
        """What a server of this profile offers."""
        return [tool for one in made_of(profile) for tool in self.tools[one]]


REGISTRY = Registry()


class BridgedTool(Tool):
    """A tool whose whole call, from its arguments to its result, happens in a worker thread of the bridge."""

    _answer: Callable[[dict[str, Any]], CallToolResult] = PrivateAttr()

    def answers_with(self, answer: Callable[[dict[str, Any]], CallToolResult]) -> None:
        """Say what a call does."""
        self._answer = answer

    async def run(self, arguments: dict[str, Any], context: Any, convert_result: bool = False) -> Any:
        """Answer a call; a refusal is a result too, marked as an error."""
        return await in_thread(partial(self._answer, arguments))


def tool(  # noqa: PLR0913 - each names a thing that clients show or the door checks
    *profiles: Profile,
    scope: Scope | None,
    title: str,
    text: Text,
    reads: bool = False,
    destroys: bool = False,
    repeatable: bool = False,
    names: Sequence[str] = (),
    error_text: Text = str,
    strict: bool = False,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Register a function of (caller, arguments...) as a tool; its docstring tells the model when to call it.

    scope       the right that the key needs; None for a tool that shows nothing stored
    text        the result as text; error_text: a refusal's sentence as text
    reads, destroys, repeatable   the hints that clients show their users
    names       other names for the same tool than the function's own
    strict      refuse arguments that the tool does not have
    """
    hints = ToolAnnotations(
        title=title,
        read_only_hint=reads,
        destructive_hint=destroys,
        idempotent_hint=repeatable or reads,
        open_world_hint=False,
    )

    def register(body: Callable[P, R]) -> Callable[P, R]:
        for name in names or (body.__name__,):
            made = BridgedTool.from_function(
                body,
                name=name,
                title=title,
                description=cleandoc(body.__doc__ or ""),
                context_kwarg=next(iter(signature(body).parameters)),  # filled by us, not by the model
                annotations=hints,
                structured_output=True,
            )
            made.fn_metadata = Arguments.of(made.fn_metadata, strict=strict)
            made.parameters = made.fn_metadata.arg_model.model_json_schema(by_alias=True)
            assert isinstance(made, BridgedTool)
            made.answers_with(partial(_answer, _Spec(made, body, scope, text, error_text)))
            for profile in profiles:
                REGISTRY.tools[profile].append(made)
        return body

    return register


@dataclass(frozen=True, slots=True)
class _Spec:
    tool: Tool
    body: Callable[..., Any]
    scope: Scope | None
    text: Text
    error_text: Text


def _answer(spec: _Spec, arguments: dict[str, Any]) -> CallToolResult:
    def work(caller: Caller) -> CallToolResult:
        given = spec.tool.fn_metadata.validate_arguments(arguments)
        result = spec.body(caller, **given)
        plain = pydantic_core.to_jsonable_python(result)
        structured = {"result": plain} if spec.tool.fn_metadata.wrap_output else plain
        return CallToolResult(content=[_block(spec.text(result))], structured_content=structured)

    answer = _at_the_door("tool", spec.tool.name, spec.scope, work)
    if isinstance(answer, Refusal):
        block = _block(spec.error_text(answer.sentence))
        return CallToolResult(content=[block], is_error=True, _meta={"code": answer.code})
    return answer


def _block(text: str) -> TextContent:
    return TextContent(type="text", text=text)


def _at_the_door(kind: str, name: str, scope: Scope | None, work: Callable[[Caller], R]) -> R | Refusal:
    """Do the work for the connected caller if the key may; all that can go wrong becomes a Refusal."""
    started, outcome = time.perf_counter(), "ok"
    try:
        caller = connected.get().caller()
        if scope is not None:
            caller.require(scope)
        backlog_check(caller=caller, scope=scope)
        request_spend(caller=caller)
        return work(caller)
    except Exception as error:  # noqa: BLE001 - the boundary: the SDK would tell the model less
        refusal = refusal_of(error)
        outcome = refusal.code
        return refusal
    finally:
        CALL_SECONDS.labels(kind, name, outcome).observe(time.perf_counter() - started)


def resource(uri: str, *, scope: Scope, title: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Register a function of (caller) or (caller, id) that answers with JSON text as a resource of every profile."""

    def register(body: Callable[..., str]) -> Callable[..., str]:
        name = body.__name__

        async def read_one(id: str) -> str:
            return _readable(uri, await in_thread(partial(_at_the_door, "resource", name, scope, partial(body, id=id))))

        async def read() -> str:
            return _readable(uri, await in_thread(partial(_at_the_door, "resource", name, scope, body)))

        reader = read_one if "{id}" in uri else read
        REGISTRY.resources.append(Offered(uri, name, title, cleandoc(body.__doc__ or ""), reader))
        return body

    return register


def _readable(uri: str, answer: str | Refusal) -> str:
    if not isinstance(answer, Refusal):
        return answer
    missing = answer.code in {"not_found", "unknown_trace", "invalid"}
    raise (ResourceNotFoundError if missing else ResourceError)(answer.sentence)


def prompt(*, scope: Scope, title: str, **arguments: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Register a function of (caller, texts...) as a prompt; `arguments` describes each, a leading "?" is optional."""
    told = [
        PromptArgument(name=name, description=words.lstrip("?"), required=not words.startswith("?"))
        for name, words in arguments.items()
    ]

    def register(body: Callable[..., str]) -> Callable[..., str]:
        name = body.__name__

        async def render(**given: str) -> str:
            known = {key: value for key, value in given.items() if key in arguments}
            answer = await in_thread(partial(_at_the_door, "prompt", name, scope, partial(body, **known)))
            if isinstance(answer, Refusal):
                raise MCPError(code=INVALID_PARAMS, message=answer.sentence)
            return answer

        description = cleandoc(body.__doc__ or "")
        REGISTRY.prompts.append(
            Prompt(name=name, title=title, description=description, arguments=told, fn=render, context_kwarg=None)
        )
        return body

    return register
