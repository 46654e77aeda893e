#include "transfer_tune/core/error.hpp"
#include "transfer_tune/core/files.hpp"
#include "transfer_tune/core/text.hpp"
#include "transfer_tune/hub/hub.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>

namespace tt::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHub = "https://huggingface.co";

/// The first of these variables that is set; empty where none is.
std::string variable(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

bool is_true(std::string value) {
  std::ranges::transform(value, value.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
}

fs::path from_home(const std::string& path) {
  const std::string home = variable({"HOME"});
  return path.starts_with("~/") && !home.empty() ? fs::path(home) / path.substr(2) : fs::path(path);
}

fs::path hub_home() {
  if (const std::string home = variable({"HF_HOME"}); !home.empty()) return from_home(home);
  if (const std::string cache = variable({"XDG_CACHE_HOME"}); !cache.empty()) return from_home(cache) / "huggingface";
  return from_home("~/.cache/huggingface");
}

std::string endpoint() {
  std::string url = variable({"HF_ENDPOINT"});
  while (url.ends_with('/')) url.pop_back();
  if (url.empty()) return std::string(kHub);
  const bool has_user = url.find('@') != std::string::npos;
  const bool is_plain = std::ranges::all_of(url, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (has_user || !is_plain || !(url.starts_with("https://") || url.starts_with("http://"))) {
    throw UsageError(concat("HF_ENDPOINT: found ", has_user ? "an address with a user's name" : quote(url),
                            ", expected the https:// or http:// address of a hub; unset it for ", kHub));
  }
  return url;
}

std::string token() {
  std::string from = "HF_TOKEN";
  std::string text = variable({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"});
  if (text.empty() && !is_true(variable({"HF_HUB_DISABLE_IMPLICIT_TOKEN"}))) {
    const std::string named = variable({"HF_TOKEN_PATH"});
    const fs::path file = named.empty() ? hub_home() / "token" : from_home(named);
    std::error_code ignored;
    if (fs::is_regular_file(file, ignored)) text = read_file(file, ErrorKind::usage);
    from = file.string();
  }
  const auto is_space = [](unsigned char c) { return std::isspace(c) != 0; };
  while (!text.empty() && is_space(static_cast<unsigned char>(text.back()))) text.pop_back();
  text.erase(text.begin(), std::ranges::find_if_not(text, is_space));
  // It becomes a line of a request. What it is must not be told.
  if (!std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; })) {
    throw UsageError(concat(from, ": found a token with spaces or characters that are not plain; expected one line"));
  }
  return text;
}

long patience() {
  const std::string text = variable({"HF_HUB_DOWNLOAD_TIMEOUT"});
  long seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty()) return 10;
  if (error != std::errc() || end != text.data() + text.size() || seconds < 1 || seconds > 86400) {
    throw UsageError(concat("HF_HUB_DOWNLOAD_TIMEOUT: found ", quote(text), ", expected seconds, 1 to 86400"));
  }
  return seconds;
}

}  // namespace

Settings settings_from_environment() {
  Settings settings;
  const std::string cache = variable({"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"});
  settings.cache = cache.empty() ? hub_home() / "hub" : from_home(cache);
  settings.endpoint = endpoint();
  settings.token = token();
  settings.offline = is_true(variable({"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}));
  settings.patience = patience();
  settings.certificates = variable({"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"});
  return settings;
}

}  // namespace tt::hub
