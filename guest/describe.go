package guest

import (
	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest/internal/cbor"
	"github.com/pledge-wasm/pledge/guest/internal/schema"
)

// sdk names this package and its version in manifests.
const sdk = "pledge-go/0.1.0"

// Manifest returns what the module says about itself as ABI v1 has it: its
// name and version and, for each task, its doc text and JSON Schemas of its
// arguments and its value. The host reads it through pledge_v1_describe.
func Manifest() []byte {
	module.RLock()
	defer module.RUnlock()
	m := abi.Manifest{Name: module.name, Version: module.version, SDK: sdk}
	for _, t := range module.tasks {
		m.Tasks = append(m.Tasks, abi.TaskInfo{
			Name:   t.name,
			Doc:    t.doc,
			Input:  encodeSchema(schema.Of(t.input, standsFor)),
			Output: encodeSchema(schema.Of(t.output, standsFor)),
		})
	}
	return abi.AppendManifest(nil, &m)
}

// encodeSchema encodes a schema, which always has a CBOR form.
func encodeSchema(s map[string]any) abi.Raw {
	b, err := cbor.Append(nil, s)
	if err != nil {
		panic("guest: describe: " + err.Error())
	}
	return b
}
