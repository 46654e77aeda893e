#include "hub/http.hpp"

#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/core/version.hpp"

#include <curl/curl.h>

#include <array>
#include <cctype>
#include <exception>
#include <memory>
#include <vector>

namespace tt::hub {
namespace {

constexpr int kMostRedirects = 5;
constexpr std::size_t kMostHeaders = 256 << 10U;  ///< bytes

template <auto Function>
struct Call {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Function(pointer);
  }
};
using Easy = std::unique_ptr<CURL, Call<curl_easy_cleanup>>;
using List = std::unique_ptr<curl_slist, Call<curl_slist_free_all>>;
using Url = std::unique_ptr<CURLU, Call<curl_url_cleanup>>;

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
  std::string out(text);
  curl_free(text);
  return out;
}

/// `location` as seen from `from`.
std::string joined(const std::string& from, const std::string& location) {
  const Url url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, from.c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK) {
    throw IoError(concat(from, ": is sent on to ", quote(location), ", which is no address"));
  }
  return part_of(url.get(), CURLUPART_URL);
}

/// Scheme, host and port.
std::string origin_of(const std::string& address) {
  const Url url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK) return "";
  return concat(part_of(url.get(), CURLUPART_SCHEME), "://", part_of(url.get(), CURLUPART_HOST), ":",
                part_of(url.get(), CURLUPART_PORT));
}

/// An address without what a signed one carries.
std::string shown(const std::string& address) { return address.substr(0, address.find('?')); }

/// One exchange at hand.
struct Exchange {
  const Request& request;
  CURL* easy;
  Reply reply{};
  std::size_t header_bytes = 0;
  bool refused = false;         ///< `take` wanted no more
  std::exception_ptr thrown{};  ///< by `take`: it must not pass through C
};

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(data, size * count);
  exchange.header_bytes += line.size();
  if (exchange.header_bytes > kMostHeaders) return 0;
  if (line.starts_with("HTTP/")) exchange.reply.headers.clear();  // of an answer before, such as 100
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(line.substr(0, colon));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n' || value.back() == ' '))
    value.remove_suffix(1);
  exchange.reply.headers.insert_or_assign(std::move(name), std::string(value));
  return line.size();
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  curl_easy_getinfo(exchange.easy, CURLINFO_RESPONSE_CODE, &exchange.reply.status);
  const bool wanted = exchange.reply.status == 200 || exchange.reply.status == 206;
  if (!wanted || !exchange.request.take) return size * count;
  try {
    if (exchange.request.take(exchange.reply, {data, size * count})) return size * count;
    exchange.refused = true;
  } catch (...) {
    exchange.thrown = std::current_exception();
  }
  return 0;
}

int on_progress(void* /*user*/, curl_off_t /*t*/, curl_off_t /*d*/, curl_off_t /*ut*/, curl_off_t /*ud*/) {
  return interrupted() ? 1 : 0;
}

/// Whether what went wrong may pass.
bool passes(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

Reply send_once(const Settings& settings, const Request& request, const std::string& url, bool to_hub) {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  const Easy easy(ready ? curl_easy_init() : nullptr);
  if (!easy) throw IoError("libcurl could not be set up");
  Exchange exchange{request, easy.get()};
  std::array<char, CURL_ERROR_SIZE> problem{};
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy.get(), option, value); };
  const std::string agent = concat("transfer-tune/", version());
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, settings.endpoint.starts_with("https:") ? "https" : "http,https");
  set(CURLOPT_USERAGENT, agent.c_str());
  set(CURLOPT_ERRORBUFFER, problem.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_NOBODY, request.head ? 1L : 0L);
  set(CURLOPT_CONNECTTIMEOUT, settings.patience);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, settings.patience);
  set(CURLOPT_HEADERFUNCTION, on_header);
  set(CURLOPT_HEADERDATA, &exchange);
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, &exchange);
  set(CURLOPT_XFERINFOFUNCTION, on_progress);
  set(CURLOPT_NOPROGRESS, 0L);
  if (!settings.certificates.empty()) set(CURLOPT_CAINFO, settings.certificates.c_str());
  // Byte for byte: no compression on the way, whose length would be another.
  List headers(curl_slist_append(nullptr, "Accept-Encoding: identity"));
  if (to_hub && !settings.token.empty()) {
    const std::string line = "Authorization: Bearer " + settings.token;
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  }
  set(CURLOPT_HTTPHEADER, headers.get());
  const std::string range = concat(request.from, '-');
  if (request.from > 0) set(CURLOPT_RANGE, range.c_str());

  const CURLcode code = curl_easy_perform(easy.get());
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &exchange.reply.status);
  if (exchange.thrown) std::rethrow_exception(exchange.thrown);
  throw_if_interrupted();
  if (code == CURLE_OK || exchange.refused) return exchange.reply;
  const std::string message =
      concat(shown(url), ": ", problem.front() != '\0' ? problem.data() : curl_easy_strerror(code));
  if (passes(code)) throw PassingFailure(message);
  throw IoError(message);
}

}  // namespace

Reply send(const Settings& settings, const Request& request) {
  const std::string hub = origin_of(settings.endpoint);
  std::string url = request.url;
  for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
    Reply reply = send_once(settings, request, url, origin_of(url) == hub);
    const std::string location = reply.header("location");
    if (reply.status < 300 || reply.status >= 400 || location.empty()) return reply;
    const std::string next = joined(url, location);
    if (request.head && origin_of(next) != hub) return reply;
    url = next;
  }
  throw IoError(concat(shown(request.url), ": is sent on more than ", kMostRedirects, " times"));
}

}  // namespace tt::hub
