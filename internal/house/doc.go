// Package house answers one question: do the rooms keep to the plan? It holds
// no code, only the tests that say which room may import which, and that
// nothing exported goes without a comment. The rules are policy: when a change
// breaks one, it is the change that is wrong, or DESIGN.md is to be rewritten
// first.
package house
