"""What is timed: `make bench`, or `python -m benchmarks [names]`. README.md says how and why.

Every bar is a ratio within one run, because machines are noisy. Nothing here is a test: the exit
code is always 0.
"""
