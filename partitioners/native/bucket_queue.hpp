// A priority queue for many items, most of which wait long: those of each range of priorities lie in one bucket,
// unsorted, and only the topmost bucket is a heap, small enough for the cache. Like a bucket queue (Dial, CACM 1969),
// but with bounds sampled from the first items, so that any order will do, and pushes above the current top allowed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <queue>
#include <utility>
#include <vector>

namespace partitioners {

/// Item has operator<.
template <class Item>
class BucketQueue {
public:
    explicit BucketQueue(const std::vector<Item>& items) : bounds_(sample(items)), waiting_(bounds_.size()) {
        for (const Item& item : items) {
            push(item);
        }
    }

    /// The largest item, or null where there is none; before items of another bucket are ordered, call prepare(items),
    /// which may drop some.
    template <class Prepare>
    const Item* top(Prepare&& prepare) {
        while (top_.empty() && !waiting_.empty()) {
            prepare(waiting_.back());
            top_ = std::priority_queue<Item>({}, std::move(waiting_.back()));
            waiting_.pop_back();
            bounds_.pop_back();
        }
        return top_.empty() ? nullptr : &top_.top();
    }

    /// Take away what `top` returned.
    void pop() { top_.pop(); }

    void push(const Item& item) {
        const auto above = std::upper_bound(bounds_.begin(), bounds_.end(), item);
        if (above == bounds_.end()) {
            top_.push(item);
        } else {
            waiting_[static_cast<std::size_t>(above - bounds_.begin())].push_back(item);
        }
    }

private:
    static constexpr std::size_t per_bucket = 4096;
    static constexpr std::size_t per_sample = 64;

    /// Bounds, ascending, that cut the items into about equal buckets.
    static std::vector<Item> sample(const std::vector<Item>& items) {
        std::vector<Item> sampled, bounds;
        for (std::size_t index = 0; index < items.size(); index += per_sample) {
            sampled.push_back(items[index]);
        }
        std::sort(sampled.begin(), sampled.end());
        for (std::size_t index = per_bucket / per_sample; index < sampled.size(); index += per_bucket / per_sample) {
            bounds.push_back(sampled[index]);
        }
        return bounds;
    }

    std::vector<Item> bounds_;                ///< of each waiting bucket, what its items are below
    std::vector<std::vector<Item>> waiting_;  ///< ascending
    std::priority_queue<Item> top_;
};

}  // namespace partitioners
