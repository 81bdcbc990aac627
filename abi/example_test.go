package abi_test

import (
	"fmt"

	"github.com/pledge-wasm/pledge/abi"
)

// One exchange between host and guest, byte by byte: the example of SPEC.md.
func Example() {
	request := abi.AppendRequest(nil, "count", abi.AppendText(nil, "hi"))
	fmt.Printf("%x\n", request)

	task, args, _ := abi.ParseRequest(request, abi.Limits{})
	fmt.Printf("%s %x\n", task, []byte(args))

	value := abi.AppendHead(nil, abi.MajorMap, 1)
	value = abi.AppendText(value, "sum")
	value = abi.AppendUint(value, 42)
	response := abi.AppendValue(nil, value)
	fmt.Printf("%x\n", response)

	failure := abi.AppendError(nil, &abi.GuestError{Code: "empty", Message: "no words"})
	fmt.Printf("%x, %d bytes\n", failure, len(failure))
	// Output:
	// 8265636f756e74626869
	// count 626869
	// 8200a16373756d182a
	// 8201a264636f646565656d707479676d657373616765686e6f20776f726473, 31 bytes
}

func ExampleCheck() {
	fmt.Println(abi.Check([]byte{0xa2, 0x01, 0x00, 0x18, 0x01, 0x00}, abi.Limits{}))
	// Output: abi: duplicate_key at byte 3: the map has this key already
}

func ExampleParseResponse() {
	r, err := abi.ParseResponse([]byte("\x82\x01\xa2\x64code\x64busy\x67message\x60"), abi.Limits{})
	fmt.Println(r.Err, err)
	// Output: busy <nil>
}

func ExampleFutures() {
	item := abi.AppendHead(nil, abi.MajorArray, 2)
	item = abi.AppendUint(item, 7)
	item = abi.AppendFuture(item, abi.ID{0x01, 0x8f})
	for ref, err := range abi.Futures(item) {
		fmt.Println(abi.Path(item, ref.Offset), ref.ID, err)
	}
	// Output: $[1] 018f0000-0000-0000-0000-000000000000 <nil>
}

func ExampleSpan() {
	s := abi.MakeSpan(0x10000, 9)
	fmt.Printf("%#x %d\n", s.Ptr(), s.Len())
	// Output: 0x10000 9
}
