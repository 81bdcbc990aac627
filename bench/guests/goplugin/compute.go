//go:build wasip1 && compute

package main

import (
	"context"

	"github.com/pledge-wasm/pledge/bench/internal/peer/goplugin/proto"
	"github.com/pledge-wasm/pledge/bench/internal/workload"
)

func (plugin) Compute(_ context.Context, in *proto.Job) (*proto.Total, error) {
	v, err := workload.Compute(in.GetName(), in.GetRounds())
	return &proto.Total{Sum: v}, err
}
