package main

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/pledge-wasm/pledge/host"
)

// allow collects the grants given on the command line.
type allow struct{ host.Grants }

// Set adds one grant.
func (a *allow) Set(text string) error {
	switch kind, rest, _ := strings.Cut(text, "="); {
	case text == "clock":
		a.Clock = true
	case text == "random":
		a.Entropy = true
	case text == "tasks":
		a.Tasks = true
	case kind == "env":
		name, value, ok := strings.Cut(rest, "=")
		if !ok || name == "" {
			return errors.New("want env=NAME=VALUE")
		}
		if strings.ContainsRune(text, 0) {
			return errors.New("an environment cannot hold the zero character")
		}
		if a.Env == nil {
			a.Env = make(map[string]string)
		}
		a.Env[name] = value
	default:
		return errors.New("want clock, random, tasks or env=NAME=VALUE")
	}
	return nil
}

// String lists what is granted.
func (a *allow) String() string {
	var out []string
	for name, granted := range map[string]bool{"clock": a.Clock, "random": a.Entropy, "tasks": a.Tasks} {
		if granted {
			out = append(out, name)
		}
	}
	for name, value := range maps.All(a.Env) {
		out = append(out, "env="+name+"="+value)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// Type names the kind of value in the help.
func (a *allow) Type() string { return "grant" }
