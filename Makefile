GO ?= go

.PHONY: build demo test lint race generate bench

build:
	$(GO) build -o golive .

# The two-minute tour: the bundled app against the embedded sandbox.
demo: build
	./golive demo

# All that must hold before a change lands.
test: lint race

lint:
	@unformatted="$$(gofmt -l .)"; test -z "$$unformatted" || { echo "gofmt: $$unformatted"; exit 1; }
	$(GO) vet ./...

race:
	$(GO) test -race -p 1 -timeout 30m ./... # one package at a time: apps are timed

# checks/README.md, from the checks; the JSON Schema of golive.yaml, from its types.
generate:
	$(GO) generate .
	UPDATE=1 $(GO) test -run TestSchemaIsFresh ./proxy/config

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...
