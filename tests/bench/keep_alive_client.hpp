#pragma once

#include <string>
#include <string_view>

namespace stellwerk::bench {

/// One HTTP/1.1 connection that is kept, with blocking calls: cheap enough to load a server on the
/// same cores. Throws std::runtime_error when the connection breaks.
class keep_alive_client {
 public:
  /// `url`: http://127.0.0.1:port
  explicit keep_alive_client(std::string_view url);
  ~keep_alive_client();
  keep_alive_client(const keep_alive_client&) = delete;
  keep_alive_client& operator=(const keep_alive_client&) = delete;

  struct reply {
    int status = 0;
    std::string_view body;  // valid until the next call
  };
  reply ask(
      std::string_view method, std::string_view path, std::string_view fields,
      std::string_view body = {}
  );

 private:
  void fill();
  int socket_ = -1;
  std::string out_;
  std::string in_;
};

}  // namespace stellwerk::bench
