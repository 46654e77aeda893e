# LibTorch as the target tt_torch: what the tensor half compiles against and the program loads.
#
# Looked for in CMAKE_PREFIX_PATH (the variable, then the environment's), then where scripts/setup unpacks it. A prefix
# is LibTorch's own folder or its share/cmake. LibTorch's TorchConfig.cmake is not used: it demands a CUDA toolkit for a
# CUDA build, which compiling against it does not need.

set(prefixes ${CMAKE_PREFIX_PATH})
cmake_path(CONVERT "$ENV{CMAKE_PREFIX_PATH}" TO_CMAKE_PATH_LIST environment_prefixes)
list(APPEND prefixes ${environment_prefixes} "${CMAKE_SOURCE_DIR}/.deps/libtorch/torch")
list(TRANSFORM prefixes REPLACE "/share/cmake/?$" "")
unset(TT_LIBTORCH)
foreach(prefix IN LISTS prefixes)
  if(EXISTS "${prefix}/lib/libtorch_cpu.so")
    cmake_path(ABSOLUTE_PATH prefix NORMALIZE OUTPUT_VARIABLE TT_LIBTORCH)
    break()
  endif()
endforeach()
if(NOT TT_LIBTORCH)
  list(JOIN prefixes "\n  " looked_in)
  message(FATAL_ERROR "LibTorch was not found: no lib/libtorch_cpu.so in\n  ${looked_in}\n"
                      "Run scripts/setup, which fetches it; or name an unpacked LibTorch 2.x: CMAKE_PREFIX_PATH=/path/to/libtorch")
endif()

foreach(header IN ITEMS torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(EXISTS "${TT_LIBTORCH}/include/${header}")
    file(STRINGS "${TT_LIBTORCH}/include/${header}" lines REGEX "^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+$")
    string(REGEX REPLACE "#define TORCH_VERSION_[A-Z]+ ([0-9]+)" "\\1" lines "${lines}")
    list(JOIN lines "." TT_LIBTORCH_VERSION)
  endif()
  if(TT_LIBTORCH_VERSION)
    break()
  endif()
endforeach()
if(NOT TT_LIBTORCH_VERSION MATCHES "^2\\.")
  message(FATAL_ERROR "LibTorch 2.x is needed; ${TT_LIBTORCH} holds \"${TT_LIBTORCH_VERSION}\". "
                      "Take it out of CMAKE_PREFIX_PATH and run scripts/setup, or name another.")
endif()

set(torch_config "${TT_LIBTORCH}/share/cmake/Torch/TorchConfig.cmake")
if(EXISTS "${torch_config}")
  file(STRINGS "${torch_config}" old_abi REGEX "_GLIBCXX_USE_CXX11_ABI=0")
  if(old_abi)
    message(FATAL_ERROR "${TT_LIBTORCH} is built for the C++ ABI before C++11 (_GLIBCXX_USE_CXX11_ABI=0), which the other "
                        "libraries are not. Name a LibTorch of the C++11 ABI, or run scripts/setup.")
  endif()
endif()

# LibTorch brings its own OpenMP runtime. Code of ours must run on that one, never on a second.
file(GLOB libraries "${TT_LIBTORCH}/lib/libgomp*.so*")
if(NOT libraries)
  set(libraries gomp)
endif()
list(APPEND libraries "${TT_LIBTORCH}/lib/libtorch_cpu.so" "${TT_LIBTORCH}/lib/libc10.so")
set(TT_LIBTORCH_CUDA OFF)
if(EXISTS "${TT_LIBTORCH}/lib/libtorch_cuda.so")
  set(TT_LIBTORCH_CUDA ON)
  # Nothing here calls the CUDA half by name: it registers itself when it is loaded, so it must not be dropped as unused.
  # The libraries that it needs are found through its own rpath, the driver's not at all on a machine without one.
  list(APPEND libraries "-Wl,--push-state,--no-as-needed,${TT_LIBTORCH}/lib/libtorch_cuda.so,--pop-state"
       -Wl,--allow-shlib-undefined)
endif()
message(STATUS "LibTorch ${TT_LIBTORCH_VERSION} (CUDA: ${TT_LIBTORCH_CUDA}): ${TT_LIBTORCH}")

add_library(tt_torch INTERFACE)
target_include_directories(tt_torch SYSTEM INTERFACE "${TT_LIBTORCH}/include"
                           "${TT_LIBTORCH}/include/torch/csrc/api/include")
if(NOT TT_FUZZ)  # Clang's code would want another OpenMP runtime than LibTorch's
  target_compile_options(tt_torch INTERFACE -fopenmp)
endif()
target_link_libraries(tt_torch INTERFACE ${libraries})

# Torch's headers take most of a compile: one precompiled header serves every module of the tensor half.
function(tt_use_torch_headers target)
  if(TT_PCH)
    target_precompile_headers(${target} REUSE_FROM tt_torch_pch)
  endif()
endfunction()
if(TT_PCH)
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/torch_pch.cpp" CONTENT "")
  add_library(tt_torch_pch OBJECT "${CMAKE_BINARY_DIR}/torch_pch.cpp")
  target_link_libraries(tt_torch_pch PRIVATE tt_torch tt_flags)
  target_precompile_headers(tt_torch_pch PRIVATE <ATen/ATen.h> <ATen/Parallel.h> <torch/csrc/autograd/custom_function.h>
                            <algorithm> <cstdint> <filesystem> <functional> <map> <memory> <string> <vector>)
endif()
