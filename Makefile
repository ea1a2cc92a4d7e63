# The commands of this project. Each of them installs what it needs first (tools/setup, Debian 12).
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help demo test check bench sim fuzz format tidy build clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

demo: ## two linked regions at work on real files, with a table of what was proved (ARGS=--keep leaves them up)
	@tools/setup
	@tools/build release antipode
	@demo/run $(ARGS)

test: ## everything: unit tests plain, under ASan and TSan, the rules of the house, clients and faults
	@tools/setup
	@tools/test.py all

check: ## the quick loop: builds and tests only the rooms that differ from main
	@tools/setup build
	@tools/test.py changed

bench: ## compares with nginx, Ceph, SeaweedFS on this machine (docs/performance.md), then the long line (docs/long-line.md)
	@tools/setup build clients bench ceph
	@tools/build release antipode load line
	@bench/run $(ARGS)
	@bench/long_line.py

sim: ## regions in the simulator, from many seeds (ARGS="--seed 1 --runs 100 --minutes 5"); MUTANTS=1: with planted bugs
	@tools/setup build
ifdef MUTANTS
	@tools/mutants $(ARGS)
else
	@tools/build release antipode
	@tests/simulation.py $(ARGS)
endif

fuzz: ## runs every fuzzer for a minute of processor time (ARGS="300 xml" = 300 seconds, those with xml in their names)
	@tools/setup build
	@tools/fuzz $(ARGS)

format: ## clang-format over every source file
	@tools/setup build
	@git ls-files '*.cc' '*.h' | xargs -r clang-format-19 -i

tidy: ## the rules of the house, formatting, and clang-tidy on what differs from main (ARGS="src/base ..." for more)
	@tools/setup build
	@tools/lint $(ARGS)

build: ## the server and everything else, optimised, in build/release
	@tools/setup build
	@tools/build release

clean: ## removes what was built
	@rm -rf build
