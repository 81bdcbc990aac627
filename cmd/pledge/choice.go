package main

import (
	"errors"
	"slices"
	"strings"
)

// choice is a flag that takes one of a few words.
type choice struct {
	value string
	of    []string
}

// Set takes one of the words.
func (c *choice) Set(text string) error {
	if !slices.Contains(c.of, text) {
		return errors.New("want " + strings.Join(c.of, ", "))
	}
	c.value = text
	return nil
}

// String is the word chosen.
func (c *choice) String() string { return c.value }

// Type names the kind of value in the help.
func (c *choice) Type() string { return strings.Join(c.of, "|") }
