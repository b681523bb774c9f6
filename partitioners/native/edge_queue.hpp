// A queue of edges: those there are at the start are sorted once, those that come later go to a heap.
#pragma once

#include <algorithm>
#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

namespace partitioners {

struct QueuedEdge {
    double worth;
    std::uint32_t edge;
    bool operator<(const QueuedEdge& other) const {  // of equal worths, the smallest number is the last
        return worth != other.worth ? worth < other.worth : edge > other.edge;
    }
};

/// Largest worth first, then smallest number.
class EdgeQueue {
public:
    explicit EdgeQueue(std::vector<QueuedEdge> first) : first_(std::move(first)) {
        std::sort(first_.begin(), first_.end());
    }

    bool empty() const { return first_.empty() && later_.empty(); }

    void push(const QueuedEdge& edge) { later_.push(edge); }

    QueuedEdge pop() {
        QueuedEdge top;
        if (later_.empty() || (!first_.empty() && later_.top() < first_.back())) {
            top = first_.back();
            first_.pop_back();
        } else {
            top = later_.top();
            later_.pop();
        }
        return top;
    }

private:
    std::vector<QueuedEdge> first_;
    std::priority_queue<QueuedEdge> later_;
};

}  // namespace partitioners
