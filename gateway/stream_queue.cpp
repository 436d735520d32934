#include "gateway/stream_queue.hpp"

#include "gateway/stream_frames.hpp"

namespace stellwerk::gateway {

stream_queue::put stream_queue::sample(std::string_view channel, const std::string& json) {
  std::string name{channel};
  if (auto waits = waiting_.find(name); waits != waiting_.end()) {
    waits->second = json;
    return put::merged;
  }
  if (waiting_.size() >= channels_max) return put::dropped;
  waiting_.emplace(name, json);
  order_.push_back(std::move(name));
  return put::added;
}

void stream_queue::older_sample(std::string_view channel, std::string json) {
  std::string name{channel};
  if (waiting_.size() >= channels_max || !waiting_.emplace(name, std::move(json)).second) return;
  order_.push_back(std::move(name));
}

void stream_queue::frame(std::string text) {
  bytes_ += text.size();
  frames_.push_back(std::make_shared<const std::string>(std::move(text)));
}

void stream_queue::batch_samples(wall_time now) {
  std::size_t taken = 0;
  while (taken < order_.size() && has_room()) {
    std::string payload{R"({"samples":[)"};
    for (bool first = true; taken < order_.size() && payload.size() < batch_bytes_max; ++taken) {
      auto waits = waiting_.find(order_[taken]);
      if (!std::exchange(first, false)) payload += ',';
      payload += waits->second;
      waiting_.erase(waits);
    }
    payload += "]}";
    frame(server_frame("sample_batch", now, payload));
  }
  order_.erase(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(taken));
}

shared_frame stream_queue::next() { return frames_.empty() ? nullptr : frames_.front(); }

void stream_queue::written() {
  bytes_ -= frames_.front()->size();
  frames_.pop_front();
}

}  // namespace stellwerk::gateway
