// Package cbor turns Go values into CBOR and back, inside a guest.
//
// A guest pays for every imported kilobyte when the host compiles it and when
// the host loads it from its cache. A general CBOR library brings fmt, math/big
// and encoding/json with it and doubles the size of a small guest. This package
// imports reflect, strconv and little else, and does what a task needs:
//
//   - Encoding is deterministic (RFC 8949, section 4.2.1): shortest integers,
//     lengths and floats, definite lengths, map keys in bytewise order.
//   - Decoding is strict: one item, nested at most [MaxDepth] deep, valid UTF-8,
//     no duplicate keys, lengths that agree with the Go type. Errors name the
//     path of the offending value.
//   - What is known from a type alone is worked out once, by [Of]. A guest calls
//     it from init, so that the work falls before the host's snapshot.
//
// Struct fields follow the tags cbor:"…" and, without one, json:"…", with the
// options omitempty, omitzero, keyasint and (on a field named _) toarray.
package cbor
