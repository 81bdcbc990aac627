//go:build wasip1 && !compute

package main

import (
	"context"
	"errors"

	"github.com/pledge-wasm/pledge/bench/internal/peer/goplugin/proto"
)

func (plugin) Compute(context.Context, *proto.Job) (*proto.Total, error) {
	return nil, errors.New("this guest was built without the workloads")
}
