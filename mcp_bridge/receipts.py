"""Recalls with what became of them: retrieval/receipts.py, which REST shares."""

from retrieval.receipts import MOST, WINDOW, Explanation, Receipt, explanation, receipts_recent

__all__ = ["MOST", "WINDOW", "Explanation", "Receipt", "explanation", "receipts_recent"]
