"""What is fixed about the model: its name on every passage and its architecture."""

MODEL = "all-MiniLM-L6-v2-int8"
# Raised whenever a rebuilt artefact could give other vectors; it is part of the name on every passage.
FORMAT = 1
NAME = f"{MODEL}-{FORMAT}"

# From the model's own config.json and sentence_bert_config.json.
LAYERS = 6
HEADS = 12
DIMENSION = 384
MAX_TOKENS = 256  # word pieces, [CLS] and [SEP] included
EPSILON = 1e-12
