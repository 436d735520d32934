#pragma once

#include <optional>
#include <string>
#include <utility>

#include "gateway/ask_row.hpp"

namespace stellwerk::gateway {

/// One export on its way, piece by piece.
template <class Request>
struct export_run {
  reply_port& port;
  caf::strong_actor_ptr source;
  instruments tools;
  std::chrono::milliseconds within;
  std::shared_ptr<void> place;  // among those that run at once
  Request next;                 // for the piece after `text`
  std::string text = {};        // to be sent
  bool more = true;
};

/// What is to be sent next: empty at the end, nothing where it breaks off. A piece can be asked for
/// again: the source may only be busy. `take(run, piece)` puts it into the run.
template <class Piece, class Request>
net::awaitable<std::optional<std::string>> next_piece(
    std::shared_ptr<export_run<Request>> run, void (*take)(export_run<Request>&, Piece&)
) {
  constexpr int tries_max = 3;
  for (int tries = 1; run->text.empty() && run->more; ++tries) {
    auto asked = ask_for<Piece>(run->port, run->source, run->within, run->next);
    auto piece = co_await std::move(asked);
    if (piece) {
      take(*run, *piece);
      continue;
    }
    if (tries < tries_max && is(piece.error(), errc::busy)) continue;
    auto why = render(piece.error());
    run->tools.lines->warn(
        "export.broken", {{"request_id", std::string_view{run->next.context->request_id}},
                          {"why", std::string_view{why}}}
    );
    co_return std::nullopt;
  }
  co_return std::exchange(run->text, {});
}

}  // namespace stellwerk::gateway
