// Package meter answers one question: what must a module look like so that its host can always stop it, knows what it
// has used, and can put its state back? [Rewrite] takes a decoded module and gives another that computes the same.
package meter
