"""The write side: grains, versions, passages, postings, vitals."""
