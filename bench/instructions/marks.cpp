// Where callgrind starts and stops counting; the rest of the run is not instrumented, and so fast.
#include <valgrind/callgrind.h>

extern "C" void start() { CALLGRIND_START_INSTRUMENTATION; }

extern "C" void stop(const char* name) {
    CALLGRIND_STOP_INSTRUMENTATION;
    CALLGRIND_DUMP_STATS_AT(name);
}
