package hostile

import (
	"time"

	"github.com/pledge-wasm/pledge/abi"
)

// Phase is where a case must end.
type Phase int

// The phases.
const (
	// Refused by admission, before anything is compiled.
	Refused Phase = iota
	// LoadFails: admitted, but its own code fails while it is loaded.
	LoadFails
	// Runs: it loads, and the task ends with one of the codes of the case.
	Runs
)

// Completed stands for a task that completes, among the codes of a case.
const Completed abi.Code = ""

// Case is one hostile module and what must become of it.
type Case struct {
	// Number is the number in the catalogue, Family the letter of its part.
	Number int
	Family byte
	// Name finishes the sentence "it ..."; unique.
	Name string
	// Wasm builds the file. Some are tens of megabytes.
	Wasm func() []byte
	// Phase is where it ends; Codes are the codes that are right.
	Phase Phase
	Codes []abi.Code
	// Says is a piece of the error's text: the name of the limit, or of what
	// was wrong.
	Says string
	// Args is the task's arguments as CBOR; nil means null.
	Args []byte
	// Timeout and Fuel are the limits of the task; zero means 200 ms and the
	// host's default. Its memory is bounded by 64 MiB.
	Timeout time.Duration
	Fuel    uint64
	// Child says that without the defence the process would die, or be busy
	// for minutes, so that the case belongs in a process of its own.
	Child bool
}

// All is the whole corpus, in the order of the catalogue.
func All() []Case {
	var all []Case
	for _, part := range [][]Case{decoding(), compiling(), formats(), proposals(), spinning(), growing(), boundary(), system(), files(), results(), state()} {
		all = append(all, part...)
	}
	return all
}

func refused(number int, name, says string, wasm func() []byte) Case {
	return Case{Number: number, Family: 'A', Name: name, Says: says, Wasm: wasm, Phase: Refused, Codes: []abi.Code{abi.CodeModuleRejected}, Child: true}
}

func runs(family byte, number int, name string, wasm func() []byte, codes ...abi.Code) Case {
	return Case{Number: number, Family: family, Name: name, Wasm: wasm, Phase: Runs, Codes: codes}
}
