"""Fuzzing can be split: what is tried depends on nothing but seed and number."""

import fuzz
import fuzz_run


def test_inputs_of_a_seed_are_the_same_in_every_run(tmp_path):
    whole = fuzz.run_numbered(range(600), 3, tmp_path / "last")
    assert int((tmp_path / "last").read_text()) == 599
    halves = [fuzz.run_numbered(numbers, 3, tmp_path / "last") for numbers in (range(250), range(250, 600))]
    assert whole == halves[0] + halves[1]
    assert {name for name, _ in whole} == set(fuzz.FUNCTIONS)
    assert whole != fuzz.run_numbered(range(600), 4, tmp_path / "last")


def test_parts_hold_every_input_once():
    parts = list(fuzz_run.parts(2 * fuzz_run.PART + 7))
    assert [number for part in parts for number in part] == list(range(2 * fuzz_run.PART + 7))


def test_counts_of_parts_are_added_up(tmp_path):
    counts = tmp_path / "counts.csv"
    counts.write_text("function,returned,refused\ngrow,1,3\nrenumber,2,0\n")
    table = fuzz_run.total([counts, counts])
    assert table.to_dict("list") == {
        "function": ["grow", "renumber"], "inputs": [8, 4], "returned": [2, 4], "refused": [6, 0]
    }  # fmt: skip
