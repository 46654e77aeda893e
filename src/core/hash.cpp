#include "transfer_tune/core/files.hpp"

#include <openssl/evp.h>

#include <array>

namespace tt {

void Hash::Deleter::operator()(void* context) const noexcept { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context)); }

Hash::Hash(const char* name, ErrorKind missing) : context_(EVP_MD_CTX_new()) {
  const EVP_MD* algorithm = EVP_get_digestbyname(name);
  if (!context_ || EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_.get()), algorithm, nullptr) != 1) {
    throw_error(missing, std::string(name) + " is not available in this OpenSSL");
  }
}

void Hash::update(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), bytes.data(), bytes.size()) != 1) {
    throw InternalError("hashing failed");
  }
}

void Hash::update_field(std::string_view text) {
  update(std::to_string(text.size()) + ":");
  update(text);
}

std::string Hash::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_.get()), digest.data(), &size) != 1) {
    throw InternalError("hashing failed");
  }
  context_.reset();
  std::string out;
  for (unsigned int i = 0; i < size; ++i) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += digits[digest[i] >> 4U];
    out += digits[digest[i] & 15U];
  }
  return out;
}

std::string sha256_hex(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.hex();
}

}  // namespace tt
