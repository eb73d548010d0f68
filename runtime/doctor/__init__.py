"""The doctor: looks at everything that can go wrong unseen, says what to do, and mends what can be mended safely."""
