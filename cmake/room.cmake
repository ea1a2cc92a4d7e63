# antipode_room(NAME index DEPS base runtime LIBS RocksDB::rocksdb-shared)
#
# One folder of src/ = one library antipode_<name> = one namespace. DEPS are rooms of lower floors (tools/tidy.py
# checks every include against them), LIBS are libraries from outside. Files *_test.cc become the
# test program <name>_test; main.cc is left to the room's own CMakeLists.txt. In the preset fuzz each file X_fuzz.cc is
# the program <name>_X_fuzz (libFuzzer), built when asked for by name; in all others it is part of <name>_test, which
# feeds it the files of corpus/X/. MUTANTS: some of its files include base/mutant.h.

# Rooms whose tests run real threads: also run under ThreadSanitizer (target threaded_tests, ctest label threads).
set(ANTIPODE_ROOMS_WITH_THREADS runtime zone)
add_custom_target(threaded_tests)
add_custom_target(unit_tests)

option(ANTIPODE_MUTANTS "planted bugs that the simulator must find (docs/failures.md); never in what is released" OFF)

function(antipode_room)
  cmake_parse_arguments(room "MUTANTS" "NAME" "DEPS;LIBS;TEST_DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|/main)\\.cc$")

  set(target antipode_${room_NAME})
  list(TRANSFORM room_DEPS PREPEND antipode_ OUTPUT_VARIABLE deps)
  list(TRANSFORM room_TEST_DEPS PREPEND antipode_ OUTPUT_VARIABLE test_deps)
  if(sources)
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${target} PUBLIC ${deps} ${room_LIBS} PRIVATE antipode_warnings)
    if(room_MUTANTS)
      target_compile_definitions(${target} PRIVATE ANTIPODE_MUTANTS=$<BOOL:${ANTIPODE_MUTANTS}>)
    endif()
    target_compile_definitions(${target} PUBLIC $<$<CONFIG:Debug>:ANTIPODE_DCHECK=1 _GLIBCXX_ASSERTIONS>)
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${target} INTERFACE ${deps} ${room_LIBS})
  endif()
  file(GLOB_RECURSE fuzzers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_fuzz.cc)
  set(replayed)
  foreach(fuzzer IN LISTS fuzzers)
    get_filename_component(stem ${fuzzer} NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" corpus ${stem})
    if(ANTIPODE_SANITIZE STREQUAL "fuzz")
      add_executable(${room_NAME}_${stem} EXCLUDE_FROM_ALL ${fuzzer})
      target_link_libraries(${room_NAME}_${stem} PRIVATE ${target} antipode_warnings)
      target_link_options(${room_NAME}_${stem} PRIVATE -fsanitize=fuzzer)
    elseif(IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${corpus})
      # All fuzzers have a function of one name; in the test program each has its own.
      set_source_files_properties(${fuzzer} PROPERTIES
                                  COMPILE_DEFINITIONS LLVMFuzzerTestOneInput=antipode_${room_NAME}_${stem})
      set(function antipode_${room_NAME}_${stem})
      set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${corpus})
      set(replay ${CMAKE_CURRENT_BINARY_DIR}/replay_${stem}.cc)
      configure_file(${CMAKE_SOURCE_DIR}/cmake/replay_corpus_test.cc.in ${replay} @ONLY)
      list(APPEND replayed ${fuzzer} ${replay})
    endif()
  endforeach()
  if(tests)
    add_executable(${room_NAME}_test ${tests} ${replayed})
    target_link_libraries(${room_NAME}_test PRIVATE ${target} ${test_deps} GTest::gmock GTest::gtest
                          GTest::gtest_main antipode_warnings)
    add_test(NAME ${room_NAME} COMMAND ${room_NAME}_test)
    add_dependencies(unit_tests ${room_NAME}_test)
    if(room_NAME IN_LIST ANTIPODE_ROOMS_WITH_THREADS)
      set_tests_properties(${room_NAME} PROPERTIES LABELS threads)
      add_dependencies(threaded_tests ${room_NAME}_test)
    endif()
  endif()
endfunction()
