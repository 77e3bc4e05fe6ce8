# One call per module. DEPS is the single statement of what a module may include: CMake links it,
# tools/tidy.py checks every #include against it and draws it into docs/architecture.md.
#
#   kakehashi_module(NAME aws DEPS base SYSTEM Boost::json
#                    SOURCES sigv4.cpp TESTS sigv4_test.cpp FUZZ sigv4_fuzz.cpp
#                    EMBED data/models.json)
# MAIN is the source of the program; it is in no test.
# SMALL: runs once a command, so that its size counts and its speed does not.
# TESTING is what this module's tests and those of
# tests/ share: the library <module>_testing.
#
# Only src/<module>/CMakeLists.txt calls it. FUZZ files replay tests/corpus/<file without _fuzz>/ and know
# the words of tests/corpus/<the same>.dict.
# EMBED files are compiled in as `extern "C" const char kakehashi_data_models_json[]` and `…_json_end[]`.
function(kakehashi_module)
  cmake_parse_arguments(M "SMALL" "NAME" "DEPS;SYSTEM;SOURCES;MAIN;TESTING;TESTS;FUZZ;EMBED" ${ARGN})
  if(M_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "kakehashi_module(${M_NAME}): unknown ${M_UNPARSED_ARGUMENTS}")
  endif()

  set(target kakehashi_${M_NAME})
  if(M_SOURCES)
    set(scope PUBLIC)
    add_library(${target} STATIC ${M_SOURCES})
    kakehashi_warnings(${target})
  else()
    set(scope INTERFACE)
    add_library(${target} INTERFACE)
  endif()
  add_library(kakehashi::${M_NAME} ALIAS ${target})

  target_compile_features(${target} ${scope} cxx_std_20)
  if(M_SMALL)
    target_compile_options(${target} PRIVATE $<$<CONFIG:RelWithDebInfo>:-Os>)
  endif()
  target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR}/src)
  foreach(dep IN LISTS M_DEPS)
    if(NOT TARGET kakehashi::${dep})
      message(FATAL_ERROR "module ${M_NAME}: ${dep} is not a module above it in CMakeLists.txt")
    endif()
    target_link_libraries(${target} ${scope} kakehashi::${dep})
  endforeach()
  target_link_libraries(${target} ${scope} ${M_SYSTEM})
  foreach(file IN LISTS M_EMBED)
    string(MAKE_C_IDENTIFIER "kakehashi_${file}" symbol)
    kakehashi_embed(${target} ${symbol} ${PROJECT_SOURCE_DIR}/${file})
  endforeach()

  if(KAKEHASHI_FUZZ)
    foreach(source IN LISTS M_FUZZ)
      kakehashi_fuzzer(${M_NAME} ${source})
    endforeach()
  elseif(BUILD_TESTING AND M_TESTS)
    add_executable(${M_NAME}_tests ${M_TESTS})
    target_link_libraries(${M_NAME}_tests PRIVATE ${target} GTest::gmock GTest::gtest_main)
    if(M_TESTING)
      add_library(${M_NAME}_testing STATIC EXCLUDE_FROM_ALL ${M_TESTING})
      target_link_libraries(${M_NAME}_testing PUBLIC ${target} GTest::gmock)
      kakehashi_warnings(${M_NAME}_testing)
      target_link_libraries(${M_NAME}_tests PRIVATE ${M_NAME}_testing)
    endif()
    kakehashi_warnings(${M_NAME}_tests)
    include(GoogleTest)
    gtest_discover_tests(${M_NAME}_tests TEST_PREFIX ${M_NAME}. PROPERTIES LABELS unit)
  endif()
endfunction()

# `symbol` and `symbol_end` bracket the bytes of the file, in read-only memory of the target.
function(kakehashi_embed target symbol file)
  kakehashi_embed_pieces(${target} ${symbol} ".incbin \"${file}\"" ${file})
endfunction()

# The same for several files of JSON, as the elements of one array.
function(kakehashi_embed_array target symbol)
  set(pieces ".ascii \"[\"")
  set(comma "")
  foreach(file IN LISTS ARGN)
    string(APPEND pieces "\n${comma}.incbin \"${file}\"")
    set(comma ".ascii \",\"\n")
  endforeach()
  kakehashi_embed_pieces(${target} ${symbol} "${pieces}\n.ascii \"]\"" ${ARGN})
endfunction()

function(kakehashi_embed_pieces target symbol pieces)
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.s)
  file(CONFIGURE OUTPUT ${assembly} @ONLY CONTENT
".section .rodata
.global @symbol@, @symbol@_end
@symbol@:
@pieces@
@symbol@_end:
.byte 0
.section .note.GNU-stack,\"\",@progbits
")
  # clang calls the target's C++ options unused in an assembly, and warnings are errors.
  set_source_files_properties(${assembly} PROPERTIES
    OBJECT_DEPENDS "${ARGN}" COMPILE_OPTIONS -Wno-unused-command-line-argument)
  target_sources(${target} PRIVATE ${assembly})
endfunction()

# The test replays the seeds, then searches for a few seconds.
function(kakehashi_fuzzer module source)
  string(REGEX REPLACE "_fuzz\\.cpp$" "" subject ${source})
  set(found ${CMAKE_CURRENT_BINARY_DIR}/corpus/${subject})
  file(MAKE_DIRECTORY ${found})
  add_executable(${subject}_fuzz ${source})
  add_dependencies(fuzzers ${subject}_fuzz)
  target_link_libraries(${subject}_fuzz PRIVATE kakehashi::${module})
  target_link_options(${subject}_fuzz PRIVATE -fsanitize=fuzzer)
  kakehashi_warnings(${subject}_fuzz)
  set(words ${PROJECT_SOURCE_DIR}/tests/corpus/${subject}.dict)
  if(EXISTS ${words})
    set(dictionary -dict=${words})
  endif()
  add_test(NAME fuzz.${module}.${subject}
           COMMAND ${subject}_fuzz -seed=1 -max_total_time=${KAKEHASHI_FUZZ_SECONDS} -max_len=65536
                   ${dictionary} ${found} ${PROJECT_SOURCE_DIR}/tests/corpus/${subject})
  math(EXPR timeout "${KAKEHASHI_FUZZ_SECONDS} + 60")
  set_tests_properties(fuzz.${module}.${subject} PROPERTIES LABELS fuzz TIMEOUT ${timeout})
endfunction()

# Our targets alone; libraries under /usr/include are system headers and stay quiet.
function(kakehashi_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Wold-style-cast -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough
    -Wswitch-enum -Werror=unused-result -Werror=return-type
    $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op -Wuseless-cast>)
endfunction()
