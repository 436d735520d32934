#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "nodes/ctl/http_client.hpp"
#include "nodes/ctl/login_file.hpp"

namespace stellwerk::ctl {

/// Exit codes of `stellwerk`; documented in --help.
enum exit_code : int {
  done = 0,
  not_so = 1,     // the answer is no: journal broken, command not carried out
  usage = 2,      // wrong arguments
  no_server = 3,  // not reached
  refused = 4,    // the server refused; its reason is on stderr
  not_yet = 5,    // the command is accepted, but has no outcome yet
};

/// The server's answer was an error; the text is its problem document for people.
struct refused_by_server : std::runtime_error {
  refused_by_server(int http_status, const std::string& text)
      : std::runtime_error(text), status(http_status) {}
  int status;
};

struct api_options {
  std::string server;   // empty: that of the last log-in, else http://127.0.0.1:8080
  std::string ca_file;  // PEM; besides the system's roots
  bool json = false;
};

/// The REST API with a log-in: an access token that ran out is renewed once, and kept.
class api {
 public:
  explicit api(api_options options);

  /// Asks for a log-in and remembers it.
  void log_in(const std::string& username, const std::string& password);

  /// Throws `unreachable` or `refused_by_server`. Null for an empty body.
  /// `key` makes a repeated POST safe: the server answers it as it did the first.
  boost::json::value request(
      const std::string& method, const std::string& path, const std::string& body = {},
      const std::string& key = {}
  );
  boost::json::value read(const std::string& path) { return request("GET", path); }

  /// The body of a 200 goes to `sink` as it comes. Throws as `request`.
  void download(const std::string& path, const body_sink& sink);

  /// All items of a list, page after page, at most `most`.
  boost::json::array read_all(const std::string& path, std::size_t most);

  /// Of the node, whatever it is: it says so by 503, too.
  boost::json::value health();
  /// Renews the access token, or takes over what another process has renewed. False: the log-in has
  /// ended. Throws as `request`.
  bool renew();

  bool json() const { return options_.json; }
  const std::string& server() const { return login_.server; }
  const std::string& access_token() const { return login_.access_token; }
  const std::string& ca_file() const { return options_.ca_file; }

 private:
  http_call call_to(
      const std::string& method, const std::string& path, const std::string& body,
      const std::string& key
  ) const;
  http_reply send(
      const std::string& method, const std::string& path, const std::string& body,
      const std::string& key
  );
  void keep(const boost::json::value& pair);

  api_options options_;
  login login_;
};

/// `text` with everything but unreserved letters as %XX, for paths and queries.
std::string encoded(const std::string& text);

}  // namespace stellwerk::ctl
