// Independent work on several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace partitioners {

/// Call work(index) for each of 0…count-1, on up to so many threads. What it throws first is thrown here, when all are done.
template <class Work>
void for_each_index(std::size_t count, unsigned n_threads, Work&& work) {
    if (n_threads <= 1 || count <= 1) {
        for (std::size_t index = 0; index < count; ++index) {
            work(index);
        }
        return;
    }
    std::atomic<std::size_t> next = 0;
    std::exception_ptr failure;
    std::mutex failing;
    const auto take = [&] {
        try {
            for (std::size_t index = next++; index < count; index = next++) {
                work(index);
            }
        } catch (...) {
            const std::scoped_lock lock(failing);
            failure = failure ? failure : std::current_exception();
            next = count;
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t thread = 1; thread < std::min<std::size_t>(n_threads, count); ++thread) {
            threads.emplace_back(take);
        }
        take();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace partitioners
