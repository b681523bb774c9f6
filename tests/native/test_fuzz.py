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


def test_part_is_run_until_it_passes(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz_run, "environment", lambda _: None)
    fuzzer = tmp_path / "fuzz.py"
    fuzzer.write_text(
        "import sys; open(sys.argv[4], 'w').write('17'); print('begun', flush=True); sys.exit('overflow')"
    )
    counts, error = fuzz_run.run(tmp_path, 3, range(10, 20))
    assert not counts.exists()
    assert "overflow" in error and "input 17 of seed 3" in error
    fuzzer.write_text("import sys; open(sys.argv[4], 'w').write('19'); print(*sys.argv[5:])")
    assert fuzz_run.run(tmp_path, 3, range(10, 20)) == (counts, "")
    assert counts.read_text() == "--first 10 --inputs 10\n"
    fuzzer.unlink()
    assert fuzz_run.run(tmp_path, 3, range(10, 20)) == (counts, "")
