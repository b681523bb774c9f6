"""The suite that asv runs, on old commits' wheels too: it needs numpy and the public names of `partitioners`, no more.

asv takes each function or method whose name starts with time_, track_ or peakmem_ for a benchmark, so no other may.
"""
