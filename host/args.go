package host

import (
	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/futures"
)

// encodeArgs encodes arguments and lists the futures in them.
func encodeArgs(args any) (abi.Raw, []futures.Any, error) {
	raw, err := codec.Marshal(args)
	return raw, nil, err
}
