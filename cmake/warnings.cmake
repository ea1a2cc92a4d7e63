# Warnings are errors in our own code; libraries come in as SYSTEM.
add_library(antipode_warnings INTERFACE)
target_compile_options(antipode_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wcast-qual -Wformat=2 -Wimplicit-fallthrough
  -Wsuggest-override -Wunused -Werror
  -Wno-missing-designated-field-initializers)  # {.prefix = "a"} means: the rest as declared.
