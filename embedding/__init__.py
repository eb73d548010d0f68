"""Text to vectors: `embed` for everyday use, `encoder` for the backend itself, `warm_up` before traffic.

`python -m embedding.build` builds the default model, `python -m embedding.measure` measures it.
"""

from embedding.backends import Encoder, Vectors
from embedding.service import embed, encoder, warm_up

__all__ = ["Encoder", "Vectors", "embed", "encoder", "warm_up"]
