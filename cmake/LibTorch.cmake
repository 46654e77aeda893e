find_package(Torch REQUIRED)

# OpenMP code of ours must run on the OpenMP runtime that LibTorch loads, never on a second one.
find_library(TT_GOMP NAMES libgomp.so.1 gomp PATHS "${TORCH_INSTALL_PREFIX}/lib" NO_DEFAULT_PATH)
add_library(tt_torch INTERFACE)
target_include_directories(tt_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
separate_arguments(torch_flags UNIX_COMMAND "${TORCH_CXX_FLAGS}")
target_compile_options(tt_torch INTERFACE ${torch_flags} -fopenmp)
target_link_libraries(tt_torch INTERFACE ${TORCH_LIBRARIES} ${TT_GOMP})

# Torch's headers take most of a compile: one precompiled header serves every module of the tensor half.
file(WRITE "${CMAKE_BINARY_DIR}/torch_pch.cpp" "")
add_library(tt_torch_pch OBJECT "${CMAKE_BINARY_DIR}/torch_pch.cpp")
target_link_libraries(tt_torch_pch PRIVATE tt_torch tt_flags)
target_precompile_headers(tt_torch_pch PRIVATE <ATen/ATen.h> <ATen/Parallel.h> <torch/csrc/autograd/custom_function.h>
                          <algorithm> <cstdint> <filesystem> <functional> <map> <memory> <string> <vector>)
function(tt_use_torch_headers target)
  target_precompile_headers(${target} REUSE_FROM tt_torch_pch)
endfunction()
