// Package spectest holds the differential test of the rewriting: every module of the WebAssembly specification suites
// that come with wazero runs twice, plain and rewritten, and must answer every assertion in the same way: same values,
// same traps. The package is its tests; nothing imports it.
package spectest
