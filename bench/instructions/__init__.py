"""A regression check that does not depend on the machine's mood: instructions, counted by valgrind's callgrind."""
