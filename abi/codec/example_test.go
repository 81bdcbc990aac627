package codec_test

import (
	"fmt"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

func ExampleMarshal() {
	b, err := codec.Marshal(map[string]any{"page": 7, "words": []string{"light", "colour"}})
	fmt.Println(codec.Diagnose(b), err)
	// Output: {"page": 7, "words": ["light", "colour"]} <nil>
}

func ExampleUnmarshal() {
	var counts map[string]int
	err := codec.Unmarshal([]byte{0xa1, 0x63, 's', 'u', 'm', 0x18, 0x2a}, &counts)
	fmt.Println(counts, err)
	// Output: map[sum:42] <nil>
}

func ExampleFromJSON() {
	item, err := codec.FromJSON([]byte(`{"id": 123456789012345678901234567890}`))
	fmt.Println(codec.Diagnose(item), err)
	_, err = codec.FromJSON([]byte(`{"a": 1, "a": 2}`))
	fmt.Println(err)
	// Output:
	// {"id": 123456789012345678901234567890} <nil>
	// codec: JSON, line 1, column 10: the object has the key "a" already
}

func ExampleToJSON() {
	item := abi.AppendHead(nil, abi.MajorMap, 1)
	item = abi.AppendBytes(abi.AppendUint(item, 1), []byte{1, 2})
	out, err := codec.ToJSON(nil, item)
	fmt.Println(string(out), err)
	// Output: {"1":"h'0102'"} <nil>
}

func ExampleDiagnose() {
	fmt.Println(codec.Diagnose(abi.AppendFuture([]byte{0x81}, abi.ID{15: 1})))
	fmt.Println(codec.Diagnose([]byte{0x82, 0x01}))
	// Output:
	// [1886151783(h'00000000000000000000000000000001')]
	// [1, <truncated at byte 2>
}
