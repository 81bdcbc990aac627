// Package abi answers one question: what do the bytes mean that cross the
// boundary between a pledge host and a WebAssembly guest?
//
// It holds the names of ABI v1 (exports, imports, codes), the packed [Span], the
// envelopes ([ParseRequest], [ParseResponse], [ParseManifest] and their Append
// counterparts; [SplitRequest] and [SplitResponse] for guests), the tag that
// stands for a future ([FutureTag], [Futures], [Path]), and the strict scanner
// for CBOR ([Check]) on which the rest stands. SPEC.md beside this file is the
// normative text; pledge.cddl and testdata/vectors go with it.
//
// Both sides of the boundary import this package. In a guest its size is the
// host's compile time, so it keeps to a few light packages of the standard
// library and has no reflection. Turning Go values into CBOR, JSON and
// diagnostic notation is the job of the package codec below this one.
//
// Everything here is a pure function of its arguments and safe for concurrent
// use. Unless said otherwise, results alias the input: whoever keeps them keeps
// the input alive and must not change it.
package abi
