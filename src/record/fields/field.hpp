#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

// Every field of a report stands once, in the file of its block: its name, where it is stored, what it means and, where
// it joined later, in which version of the layout. Writer, reader and schema are visitors of these functions, called as
// visit(name, member, description) or visit(name, member, description, Since{version}).

namespace tt::report {

/// The layout's version that a field came with. An older report says nothing of it: the member stays what its struct
/// starts it as.
struct Since {
  std::int64_t version = 1;
};

template <class T, class Report>
concept Like = std::same_as<std::remove_const_t<T>, Report>;

}  // namespace tt::report
