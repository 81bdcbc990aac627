# pledge: run `make` to see the targets. Only Go, make and git are needed;
# with a C compiler the tests run under the race detector too.

GO          ?= go
BIN         := bin
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
EXAMPLES    := hello wordcount hostfunc limits pipeline
GUESTS      := $(EXAMPLES:%=$(BIN)/%.wasm)
GUESTFLAGS  := -buildmode=c-shared -trimpath
FUZZTIME    ?= 60s

# The race detector needs cgo and so a C compiler.
CC_FOUND    := $(shell command -v $${CC:-cc} 2>/dev/null || command -v gcc 2>/dev/null || command -v clang 2>/dev/null)
RACE        := $(if $(CC_FOUND),-race)

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the pledge command into bin/, one static binary
	@mkdir -p $(BIN)
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN)/pledge ./cmd/pledge

.PHONY: guests
guests: $(GUESTS) ## build the examples' guests into bin/*.wasm

# Go's own build cache decides whether there is anything to do.
.PHONY: FORCE
$(BIN)/%.wasm: FORCE
	@mkdir -p $(BIN)
	@GOOS=wasip1 GOARCH=wasm $(GO) build $(GUESTFLAGS) -o $@ ./examples/$*/guest

.PHONY: run
run: $(BIN)/wordcount.wasm ## count the words of Newton's Opticks, one task a page
	@$(GO) run ./examples/wordcount $(BIN)/wordcount.wasm

# Code that never runs on more than one goroutine has no races to be found, and
# the detector makes the compiler under test ten times slower. The hostile corpus
# is about time, which the detector distorts; its other tests run under it.
PURE        := ./abi/... ./host/internal/admit ./host/internal/hostile ./host/internal/logs ./host/internal/meter \
               ./host/internal/spectest ./host/internal/wasi ./host/internal/wasm ./internal/...

.PHONY: test
test: ## run every test; concurrent code under the race detector where a C compiler is there
ifeq ($(RACE),)
	@echo "no C compiler found: the tests run without the race detector"
endif
	$(GO) test -timeout 10m $(PURE)
	$(GO) test -timeout 10m -run '^TestHostile$$' ./host
	$(GO) test $(RACE) -timeout 10m -skip '^TestHostile$$' $(filter-out $(shell $(GO) list $(PURE)),$(shell $(GO) list ./...))

# FUZZDIRS are the folders whose targets run, each for FUZZTIME.
FUZZDIRS    ?= abi cmd futures guest host

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (default 60s), or those in FUZZDIRS
	@grep -rn --include='*_test.go' '^func Fuzz' $(FUZZDIRS) | \
	sed -E 's|^(.*)/[^/]*:[0-9]+:func (Fuzz[A-Za-z0-9_]*).*|\1 \2|' | sort | \
	while read -r dir target; do \
		GO=$(GO) internal/fuzz.sh "./$$dir" "$$target" $(FUZZTIME) </dev/null || exit 1; \
	done

.PHONY: lint
lint: ## gofmt, go vet and staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

# The benchmarks are a Go module of their own, so that no peer enters this one.
.PHONY: bench
bench: ## measure pledge itself and print its figures (a few minutes)
	@cd bench && $(GO) run ./cmd/report

.PHONY: performance
performance: ## the same, written to docs/performance.md with its pictures
	@cd bench && $(GO) run ./cmd/report -write

.PHONY: bench-peers
bench-peers: ## measure pledge beside its peers and write docs/benchmarks.md (minutes)
	@cd bench && $(GO) run ./cmd/peers

.PHONY: test-bench
test-bench: ## vet and test the benchmarks; downloads the peers
	cd bench && $(GO) vet ./... && $(GO) test -timeout 10m ./...

.PHONY: cross
cross: ## build for the other platforms
	GOOS=darwin GOARCH=arm64 $(GO) build ./...
	GOOS=windows GOARCH=amd64 $(GO) build ./...
	GOOS=linux GOARCH=arm64 $(GO) build ./...

.PHONY: vuln
vuln: ## look for known vulnerabilities (needs the vulnerability database)
	$(GO) run $(GOVULNCHECK) ./...

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BIN)
