// Package roster lists everybody who takes part in the comparison.
package roster

import (
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/peer/extism"
	"github.com/pledge-wasm/pledge/bench/internal/peer/floor"
	"github.com/pledge-wasm/pledge/bench/internal/peer/goplugin"
	"github.com/pledge-wasm/pledge/bench/internal/peer/plain"
	"github.com/pledge-wasm/pledge/bench/internal/peer/pledge"
	"github.com/pledge-wasm/pledge/bench/internal/peer/wasmtime"
)

// All is every contestant, in the order of the tables, and a line about those
// that could not come; empty when all did.
func All() (all []contest.Contestant, missing string) {
	for _, some := range [][]contest.Contestant{
		pledge.Contestants(), plain.Contestants(), extism.Contestants(), goplugin.Contestants(), wasmtime.Contestants(),
		floor.Contestants(),
	} {
		all = append(all, some...)
	}
	return all, wasmtime.Missing
}
