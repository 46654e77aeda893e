# Flags that every target of the project shares.
add_library(tt_flags INTERFACE)
target_compile_options(tt_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(tt_flags INTERFACE -Wno-restrict)  # false alarms on string concatenation, fixed in GCC 13
endif()
if(TT_WERROR)
  target_compile_options(tt_flags INTERFACE -Werror)
endif()
if(TT_SANITIZE)
  target_compile_options(tt_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(tt_flags INTERFACE -fsanitize=address,undefined)
  target_compile_options(tt_flags INTERFACE -Wno-maybe-uninitialized)  # GCC sees ghosts in what it instruments
endif()

if(TT_FUZZ)
  # Types of LibTorch's, which is not built so, cannot be told apart by `vptr`.
  target_compile_options(tt_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow
                         -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(tt_flags INTERFACE -fsanitize=address,undefined)
endif()

# Registers the cases of the program test_NAME with CTest: one by one, so that each has its time limit; those of a suite
# with a set-up of its own (SetUpTestSuite, a whole run) together, so that it is done once.
function(tt_register_tests name labels)
  set(shared)
  foreach(file IN LISTS ARGN)
    file(STRINGS ${file} lines REGEX "SetUpTestSuite|^class .*testing::Test {")
    if(lines MATCHES "class ([A-Za-z]+)[^;]*;[^;]*SetUpTestSuite")
      list(APPEND shared ${CMAKE_MATCH_1})
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endforeach()
  # Threads that wait without turning let tests run side by side, and what is no directory is not asked of the hub.
  set(environment "OMP_WAIT_POLICY=passive;HF_HUB_OFFLINE=1")
  foreach(suite IN LISTS shared)
    add_test(NAME ${suite} COMMAND test_${name} --gtest_filter=${suite}.* WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${suite} PROPERTIES LABELS "${labels}" ENVIRONMENT "${environment}" TIMEOUT 600)
  endforeach()
  list(TRANSFORM shared APPEND ".*")
  list(JOIN shared ":" shared)
  if(shared)
    set(filter TEST_FILTER "-${shared}")
  endif()
  gtest_discover_tests(test_${name} ${filter} NO_PRETTY_VALUES WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} DISCOVERY_TIMEOUT 120
                       PROPERTIES TIMEOUT 300)
  # Discovered tests cannot be given lists: those follow when CTest has read them.
  set(lists ${CMAKE_CURRENT_BINARY_DIR}/test_${name}_lists.cmake)
  file(CONFIGURE OUTPUT ${lists} @ONLY CONTENT
       [=[set_tests_properties(${test_@name@_TESTS} PROPERTIES LABELS "@labels@" ENVIRONMENT "@environment@")]=])
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${lists})
endfunction()

# tt_module(NAME [TORCH] [WHOLE] [DEPENDS module...] [LIBRARIES library...])
# One folder of src/ as the static library tt_NAME, and tests/NAME as the program test_NAME. Nothing is passed on but
# what the linker needs: a module compiles against LibTorch only where TORCH says so. WHOLE: its tests are whole runs, of
# the tier "whole"; those of the others are of the tier "fast".
function(tt_module name)
  cmake_parse_arguments(arg "TORCH;WHOLE" "" "DEPENDS;LIBRARIES" ${ARGN})
  list(TRANSFORM arg_DEPENDS PREPEND tt_)
  set(links tt_flags ${arg_DEPENDS} ${arg_LIBRARIES})
  set(half text)
  if(arg_TORCH)
    list(APPEND links tt_torch)
    set(half tensor)
  endif()

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS src/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(NOT sources)
    add_library(tt_${name} INTERFACE)
    target_link_libraries(tt_${name} INTERFACE ${arg_DEPENDS})
  else()
    add_library(tt_${name} STATIC ${sources})
    target_include_directories(tt_${name} PUBLIC include PRIVATE src)
    target_link_libraries(tt_${name} PRIVATE ${links})
    if(arg_TORCH)
      tt_use_torch_headers(tt_${name})
    endif()
  endif()

  file(GLOB_RECURSE tests CONFIGURE_DEPENDS tests/${name}/*_test.cpp)
  if(TT_TESTS AND tests)
    add_executable(test_${name} ${tests})
    target_include_directories(test_${name} PRIVATE include src tests)
    target_compile_definitions(test_${name} PRIVATE TT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_link_libraries(test_${name} PRIVATE tt_${name} ${links} GTest::gtest_main)
    if(arg_TORCH)
      tt_use_torch_headers(test_${name})
    else()
      # Half the time to compile. Not where the precompiled header is used: it demands the flags it was made with.
      target_compile_options(test_${name} PRIVATE $<$<CONFIG:Release,RelWithDebInfo>:-O1>)
    endif()
    set(tier fast)
    if(arg_WHOLE)
      set(tier whole)
    endif()
    tt_register_tests(${name} "${name};${half};${tier}" ${tests})
  endif()
endfunction()

# The commit that is built, for the one file that tells it; empty outside a clone.
function(tt_stamp_version source)
  find_package(Git QUIET)
  if(GIT_FOUND)
    execute_process(COMMAND "${GIT_EXECUTABLE}" rev-parse --short=12 HEAD WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
                    OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    execute_process(COMMAND "${GIT_EXECUTABLE}" rev-parse --path-format=absolute --git-path logs/HEAD
                    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
                    OUTPUT_VARIABLE head_log OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(EXISTS "${head_log}")
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${head_log}")
    endif()
  endif()
  set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS
                              "TT_VERSION=\"${PROJECT_VERSION}\";TT_REVISION=\"${revision}\"")
endfunction()

# The kernel sources, once per instruction set; which one runs is decided at run time. They must not see the
# precompiled header, whose templates would be compiled for that instruction set too.
function(tt_kernel_sets)
  set(flags -ffp-contract=fast -fno-math-errno -fno-trapping-math)
  set(avx2_flags -mavx2 -mfma)
  set(avx512_flags -mavx512f -mavx512vl -mavx512dq -mavx512bw -mfma -mprefer-vector-width=512)
  foreach(set baseline avx2 avx512)
    set_source_files_properties(src/ops/kernels/${set}.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
      set_source_files_properties(src/ops/kernels/${set}.cpp PROPERTIES COMPILE_OPTIONS "${flags};${${set}_flags}")
    else()
      set_source_files_properties(src/ops/kernels/${set}.cpp PROPERTIES COMPILE_OPTIONS "${flags}")
    endif()
  endforeach()
endfunction()

# The program, the tests that run it as a user does, and its installation with LibTorch in a folder of its own, so that
# the installed tree can be moved.
function(tt_program)
  add_executable(transfer-tune src/cli/main.cpp)
  target_link_libraries(transfer-tune PRIVATE tt_cli tt_flags)
  set_target_properties(transfer-tune PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}"
                        INSTALL_RPATH "$ORIGIN/../lib/transfer-tune/torch/lib")
  if(TARGET test_cli)
    target_compile_definitions(test_cli PRIVATE TT_PROGRAM="$<TARGET_FILE:transfer-tune>")
    add_dependencies(test_cli transfer-tune)
    # Loaded before the program by the tests that let the system's calls fail.
    add_library(tt_faults MODULE tests/support/faults.cpp)
    target_link_libraries(tt_faults PRIVATE tt_flags ${CMAKE_DL_LIBS})
    target_compile_definitions(test_cli PRIVATE TT_FAULTS_LIBRARY="$<TARGET_FILE:tt_faults>")
    add_dependencies(test_cli tt_faults)
  endif()

  install(TARGETS transfer-tune RUNTIME DESTINATION bin)
  install(DIRECTORY "${TT_LIBTORCH}/lib/" DESTINATION lib/transfer-tune/torch/lib FILES_MATCHING REGEX "\\.so[.0-9]*$"
          REGEX "/lib(torch_python|torch_global_deps|shm|backend_with_compiler|aoti_custom_ops|[a-z]*_?test)[^/]*$" EXCLUDE)
  if(TT_LIBTORCH_CUDA AND EXISTS "${TT_LIBTORCH}/../nvidia")
    # Where LibTorch's own rpath looks for them.
    install(DIRECTORY "${TT_LIBTORCH}/../nvidia" DESTINATION lib/transfer-tune FILES_MATCHING REGEX "\\.so[.0-9]*$")
  endif()
endfunction()
