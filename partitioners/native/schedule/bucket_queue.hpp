// A priority queue for many items, most of which wait long: those of each range of priorities lie in one bucket,
// unsorted, and only the topmost bucket, small enough for the cache, is sorted; what is pushed above it later, a heap.
// Like a bucket queue (Dial, CACM 1969), but with bounds sampled from the first items, so that any order will do, and
// pushes above the current top allowed. What waits is no more than the number of an edge, whose priority is looked up
// when its bucket is the topmost. A sorted bucket tells which items come next.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <queue>
#include <vector>

namespace partitioners {

/// Item has operator<, and is of an `edge`.
template <class Item>
class BucketQueue {
public:
    static constexpr std::size_t per_sample = 64;

    BucketQueue() = default;

    /// Room for about per_sample times as many items as these, which should be like them.
    explicit BucketQueue(std::vector<Item> sample) {
        std::sort(sample.begin(), sample.end());
        for (std::size_t index = per_bucket / per_sample; index < sample.size(); index += per_bucket / per_sample) {
            bounds_.push_back(sample[index]);
        }
        waiting_.resize(bounds_.size());
        for (auto& edges : waiting_) {
            edges.reserve(per_bucket * 5 / 4);
        }
    }

    /// The largest item, or null where there is none. Those of the next bucket are what item_of(edge) gives, if any.
    template <class ItemOf>
    const Item* top(ItemOf&& item_of) {
        while (run_.empty() && pushed_.empty() && !waiting_.empty()) {
            bounds_.pop_back();
            for (const auto edge : waiting_.back()) {
                if (const auto item = item_of(edge); item && (bounds_.empty() || !(*item < bounds_.back()))) {
                    run_.push_back(*item);  // else it waits in another bucket as well
                }
            }
            waiting_.pop_back();
            std::sort(run_.begin(), run_.end());
        }
        if (is_pushed_next()) {
            return &pushed_.top();
        }
        return run_.empty() ? nullptr : &run_.back();
    }

    /// Take away what `top` returned.
    void pop() {
        if (is_pushed_next()) {
            pushed_.pop();
        } else {
            run_.pop_back();
        }
    }

    /// The item that will be on top after so many others, if no pushes come between; or null.
    const Item* later(std::size_t others) const {
        return others < run_.size() ? &run_[run_.size() - 1 - others] : nullptr;
    }

    void push(const Item& item) {
        if (const std::size_t bucket = n_bounds_up_to(item); bucket == bounds_.size()) {
            pushed_.push(item);
        } else {
            waiting_[bucket].push_back(item.edge);
        }
    }

private:
    bool is_pushed_next() const { return !pushed_.empty() && (run_.empty() || run_.back() < pushed_.top()); }

    static constexpr std::size_t per_bucket = 4096;

    /// A binary search whose steps are no branches: they would be foreseen half of the time.
    std::size_t n_bounds_up_to(const Item& item) const {
        std::size_t count = 0;
        for (std::size_t step = std::bit_floor(bounds_.size()); step > 0; step /= 2) {
            const std::size_t next = std::min(count + step, bounds_.size());
            count = item < bounds_[next - 1] ? count : next;
        }
        return count;
    }

    std::vector<Item> bounds_;                                ///< of each waiting bucket, what its items are below
    std::vector<std::vector<decltype(Item::edge)>> waiting_;  ///< ascending
    std::vector<Item> run_;                                   ///< what is left of the topmost bucket, ascending
    std::priority_queue<Item> pushed_;                        ///< what came after it had been sorted
};

}  // namespace partitioners
