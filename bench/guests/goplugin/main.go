//go:build wasip1

// The Go guest of the comparison as a plug-in of go-plugin.
package main

import (
	"context"

	"github.com/pledge-wasm/pledge/bench/internal/peer/goplugin/proto"
	"github.com/pledge-wasm/pledge/bench/internal/work"
)

func init() { proto.RegisterWork(plugin{}) }

func main() {}

type plugin struct{}

func (plugin) Echo(_ context.Context, in *proto.Bytes) (*proto.Bytes, error) {
	return &proto.Bytes{Data: in.GetData()}, nil
}

func (plugin) Sum(_ context.Context, in *proto.Pair) (*proto.Total, error) {
	return &proto.Total{Sum: in.GetA() + in.GetB()}, nil
}

func (plugin) Words(_ context.Context, in *proto.Page) (*proto.Total, error) {
	var total int64
	for _, n := range work.Count(in.GetText()) {
		total += int64(n)
	}
	return &proto.Total{Sum: total}, nil
}

func (plugin) Count(_ context.Context, in *proto.Page) (*proto.Counts, error) {
	counts := work.Count(in.GetText())
	out := make(map[string]int32, len(counts))
	for word, n := range counts {
		out[word] = int32(n)
	}
	return &proto.Counts{Words: out}, nil
}
