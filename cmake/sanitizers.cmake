# Chosen by a cache option that the preset sets, so that CXXFLAGS of the environment still count.
set(ANTIPODE_SANITIZE "" CACHE STRING "address, thread, fuzz or empty")
if(ANTIPODE_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
elseif(ANTIPODE_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(ANTIPODE_SANITIZE STREQUAL "fuzz")
  # Everything is instrumented, so that the fuzzer sees which branches its input took; only *_fuzz programs get its main.
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
elseif(NOT ANTIPODE_SANITIZE STREQUAL "")
  message(FATAL_ERROR "ANTIPODE_SANITIZE is '${ANTIPODE_SANITIZE}'; it takes 'address', 'thread' or 'fuzz'")
endif()

# For the targets <room>_<part>_fuzz; goes with ANTIPODE_SANITIZE=address.
option(ANTIPODE_FUZZ "Build the libFuzzer targets" OFF)
if(ANTIPODE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
