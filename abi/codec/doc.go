// Package codec answers one question: how do Go values, JSON and text for people
// become the bytes of the boundary, and the other way round?
//
// [Marshal] and [Unmarshal] turn Go values into CBOR and back, [FromJSON] and
// [ToJSON] do so with JSON, [Diagnose] shows an item in diagnostic notation. What
// is written is deterministic; what is read is checked by [abi.Check] first.
//
// It serves the host's side. A guest, where size is compile time, does without.
// All functions are safe for concurrent use.
package codec
