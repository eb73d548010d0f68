"""Arguments as models send them: null for what they leave out, lists spelled as JSON text."""

from types import UnionType
from typing import Any, Self, Union, get_args, get_origin

from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from pydantic import ConfigDict


class Arguments(FuncMetadata):
    """The SDK's reading of arguments, with two corrections: null counts as left out, and text stays text."""

    @classmethod
    def of(cls, read: FuncMetadata, *, strict: bool) -> Self:
        """The same arguments; with `strict`, one that the tool does not have is refused, not ignored."""
        model = _refusing(read.arg_model) if strict else read.arg_model
        return cls(
            arg_model=model,
            output_schema=read.output_schema,
            output_model=read.output_model,
            wrap_output=read.wrap_output,
        )

    def validate_arguments(self, arguments_to_validate: dict[str, Any]) -> dict[str, Any]:
        """Checked arguments by name. Raises pydantic's ValidationError."""
        fields = self.arg_model.model_fields
        given = {
            name: value
            for name, value in arguments_to_validate.items()
            if value is not None or name not in fields or fields[name].is_required()
        }
        return super().validate_arguments(given)

    def pre_parse_json(self, data: dict[str, Any]) -> dict[str, Any]:
        """JSON text becomes a list or object only where a text would not do: a memory may look like JSON."""
        fields = self.arg_model.model_fields
        texts = {name for name in data if name in fields and _takes_text(fields[name].annotation)}
        parsed = super().pre_parse_json({name: value for name, value in data.items() if name not in texts})
        return {name: data[name] if name in texts else parsed[name] for name in data}


def _takes_text(annotation: Any) -> bool:
    arms = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)
    return str in arms


def _refusing(model: type[ArgModelBase]) -> type[ArgModelBase]:
    namespace = {"model_config": ConfigDict(extra="forbid"), "__module__": model.__module__}
    return type(model.__name__, (model,), namespace)
