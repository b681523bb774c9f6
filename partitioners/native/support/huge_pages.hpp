// Memory for large arrays in huge pages, where the system has them: with small ones, to touch the memory for the first
// time would take a third of a contraction.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace partitioners {

template <class T>
struct HugePages {
    using value_type = T;

    HugePages() = default;
    template <class Other>
    HugePages(const HugePages<Other>&) {}

    T* allocate(std::size_t n) {
        void* memory = ::operator new(n * sizeof(T), alignment(n));
#ifdef __linux__
        if (alignment(n) == huge) {
            madvise(memory, n * sizeof(T), MADV_HUGEPAGE);  // a hint: where it is refused, pages are small
        }
#endif
        return static_cast<T*>(memory);
    }
    void deallocate(T* memory, std::size_t n) { ::operator delete(memory, alignment(n)); }

    template <class Other>
    bool operator==(const HugePages<Other>&) const {
        return true;
    }

private:
    static constexpr std::align_val_t huge{std::size_t{1} << 21};

    static std::align_val_t alignment(std::size_t n) {
        return n * sizeof(T) < 2 * static_cast<std::size_t>(huge) ? std::align_val_t{alignof(std::max_align_t)} : huge;
    }
};

template <class T>
using LargeVector = std::vector<T, HugePages<T>>;

}  // namespace partitioners
