#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <caf/abstract_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <memory>
#include <mutex>

namespace stellwerk::gateway {

namespace net = boost::asio;

/// The thread-safe half of a reply_port: answers come in from any thread, one io thread takes them.
/// It is shared with every open question, so it outlives the port; after `close` it only swallows.
class reply_queue : public std::enable_shared_from_this<reply_queue> {
 public:
  reply_queue(net::io_context& io, void (*drain)(void*), void* port);
  ~reply_queue();
  reply_queue(const reply_queue&) = delete;
  reply_queue& operator=(const reply_queue&) = delete;

  /// Any thread. Wakes the io thread only when the queue was empty: one wake-up per batch.
  void push(caf::mailbox_element_ptr answer);

  /// Io thread. All answers so far, oldest first, linked through `next`; the caller owns them.
  caf::mailbox_element* take_all();

  /// After this returns no thread touches the io_context or the port through this queue.
  void close();

  /// While one of these lives, the calling thread promises to drain later: pushes do not wake.
  class own_thread_scope {
   public:
    explicit own_thread_scope(const reply_queue& queue);
    ~own_thread_scope();
    own_thread_scope(const own_thread_scope&) = delete;
    own_thread_scope& operator=(const own_thread_scope&) = delete;

   private:
    const reply_queue* before_;
  };

 private:
  void wake();

  std::atomic<caf::mailbox_element*> newest_{nullptr};
  std::mutex gate_;      // guards the two below; taken once per batch
  net::io_context* io_;  // null once closed
  void (*const drain_)(void*);
  void* const port_;
};

/// Where one question's answer goes: the `sender` its target sees. A pseudo actor without mailbox,
/// behaviour or thread. The first response ends the question. If the last reference dies before,
/// nobody can answer any more, and the asker is told so at once: CAF 0.17 has no broken promise.
class reply_address : public caf::abstract_actor {
 public:
  reply_address(caf::actor_config& cfg, std::shared_ptr<reply_queue> queue, caf::message_id id);

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override;
  void on_destroy() override;

  // An address never exits in a way somebody should wait for: whoever monitors it hears "gone".
  void attach(caf::attachable_ptr observer) override;
  std::size_t detach(const caf::attachable::token&) override { return 0; }
  void add_link(caf::abstract_actor*) override {}
  void remove_link(caf::abstract_actor*) override {}
  bool add_backlink(caf::abstract_actor*) override { return false; }
  bool remove_backlink(caf::abstract_actor*) override { return false; }

 private:
  const std::shared_ptr<reply_queue> queue_;
  const caf::message_id id_;  // as it comes back: a response id
  std::atomic<bool> answered_{false};
};

}  // namespace stellwerk::gateway
