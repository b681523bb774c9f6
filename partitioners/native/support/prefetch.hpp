// A hint to bring memory into the cache.
#pragma once

#ifdef _MSC_VER
#include <intrin.h>
#endif

namespace partitioners {

inline void prefetch([[maybe_unused]] const void* memory) {
#if defined(__GNUC__)
    __builtin_prefetch(memory);
#elif defined(_M_X64)
    _mm_prefetch(static_cast<const char*>(memory), _MM_HINT_T0);
#endif
}

}  // namespace partitioners
