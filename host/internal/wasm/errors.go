package wasm

import "fmt"

// Error says that the bytes are not a module: where, in which section, and what is wrong.
type Error struct {
	// Offset is the position in the file, in bytes from its start.
	Offset int
	// Section is the section being read, or SectionNone outside of any.
	Section SectionID
	// What is wrong, a phrase without a prefix.
	What string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Section == SectionNone {
		return fmt.Sprintf("wasm: offset 0x%x: %s", e.Offset, e.What)
	}
	return fmt.Sprintf("wasm: %s section, offset 0x%x: %s", e.Section, e.Offset, e.What)
}

// UnsupportedError says that the bytes use a proposal that this package recognises and does not read.
type UnsupportedError struct {
	// Proposal is the name of the proposal, as its repository spells it ("threads", "gc", "memory64", "multi-memory",
	// "function-references", "relaxed-simd", "legacy-exceptions", "component-model" and so on).
	Proposal string
	// Offset is the position of the first use that was met, in bytes from the start of the file.
	Offset int
}

// Error implements error.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("wasm: offset 0x%x: the proposal %s is not supported", e.Offset, e.Proposal)
}

// LimitError says that a module holds more of something than [Limits] allows.
type LimitError struct {
	// What is counted: "types", "imports", "functions" and so on, as the fields of Limits.
	What string
	// Count is the number that the module declares, Limit the largest that was allowed.
	Count, Limit int
	// Offset is the position of the count, in bytes from the start of the file.
	Offset int
}

// Error implements error.
func (e *LimitError) Error() string {
	return fmt.Sprintf("wasm: offset 0x%x: %d %s, the limit is %d", e.Offset, e.Count, e.What, e.Limit)
}
