package main

import (
	"encoding/json"
	"path/filepath"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host"
)

// description is what `pledge inspect` tells of a file, in the form in which
// --output json prints it. Texts of the guest's are [json.RawMessage], so that
// they come out without control characters.
type description struct {
	File     string          `json:"file"`
	Kind     string          `json:"kind"` // native, wasi command, wasm, component, not wasm, unknown
	Digest   string          `json:"digest"`
	Size     int64           `json:"size"`
	Name     json.RawMessage `json:"name"`
	Version  json.RawMessage `json:"version"`
	SDK      json.RawMessage `json:"sdk"`
	Memory   memoryJSON      `json:"memory"`
	Code     codeJSON        `json:"code"`
	Tasks    []taskJSON      `json:"tasks"` // null when the module does not list them
	Imports  []importJSON    `json:"imports"`
	Admitted bool            `json:"admitted"`
	Refusal  *refusalJSON    `json:"refusal"`
	Reset    resetJSON       `json:"reset"`
	Logs     []logJSON       `json:"logs"`

	in *host.Inspection
}

type (
	// memoryJSON is in bytes; max is null when the module declares none.
	memoryJSON struct {
		Min       uint64  `json:"min"`
		Max       *uint64 `json:"max"`
		AfterInit uint64  `json:"after_init"`
	}
	codeJSON struct {
		Functions   int64 `json:"functions"`
		Bytes       int64 `json:"bytes"`
		CompileCost int64 `json:"compile_cost_ns"`
	}
	taskJSON struct {
		Name   json.RawMessage `json:"name"`
		Doc    json.RawMessage `json:"doc"`
		Input  json.RawMessage `json:"input"`  // null when the module documents none
		Output json.RawMessage `json:"output"` // null when the module documents none
	}
	importJSON struct {
		Module    json.RawMessage `json:"module"`
		Name      json.RawMessage `json:"name"`
		Kind      string          `json:"kind"`
		Type      string          `json:"type"`
		Available bool            `json:"available"`
		Hint      string          `json:"hint,omitempty"`
	}
	refusalJSON struct {
		Code    abi.Code        `json:"code"`
		Message json.RawMessage `json:"message"`
		Hint    json.RawMessage `json:"hint"`
	}
	// resetJSON says how each task gets a fresh world.
	resetJSON struct {
		Possible bool   `json:"possible"`
		How      string `json:"how"`
		Spoils   bool   `json:"tasks_may_spoil"`
	}
)

// describe puts together what is known of a file.
func describe(path string, wasm []byte, in *host.Inspection) *description {
	d := &description{
		File: filepath.Base(path), Kind: kindOf(wasm, in), Digest: in.Digest, Size: in.Size,
		Name: quoted(""), Version: quoted(""), SDK: quoted(""),
		Memory:   memoryJSON{Min: in.MemoryMin, AfterInit: in.MemoryBoot},
		Code:     codeJSON{Functions: in.Functions, Bytes: in.CodeBytes, CompileCost: in.CompileCost.Nanoseconds()},
		Imports:  []importJSON{},
		Admitted: in.Admitted,
		Reset:    resetJSON{Possible: in.Reuse == "reset", How: in.Reuse, Spoils: in.SpoilsItself},
		Logs:     logsJSON(in.Logs),
		in:       in,
	}
	if in.MemoryMax > 0 {
		d.Memory.Max = &in.MemoryMax
	}
	for _, im := range in.Imports {
		d.Imports = append(d.Imports, importJSON{
			Module: quoted(im.Module), Name: quoted(im.Name), Kind: im.Kind, Type: im.Type, Available: im.Allowed, Hint: im.Hint,
		})
	}
	if m := in.Manifest; m != nil {
		d.Name, d.Version, d.SDK = quoted(m.Name), quoted(m.Version), quoted(m.SDK)
		d.Tasks = []taskJSON{}
		for _, t := range m.Tasks {
			d.Tasks = append(d.Tasks, taskJSON{Name: quoted(t.Name), Doc: quoted(t.Doc), Input: schemaJSON(t.Input), Output: schemaJSON(t.Output)})
		}
	}
	if in.Err != nil {
		d.Refusal = &refusalJSON{Code: in.Err.Code, Message: quoted(in.Err.Message), Hint: quoted(inFlags(in.Err.Hint))}
	}
	return d
}

// schemaJSON is a schema of the manifest, which was checked when it was read.
func schemaJSON(r abi.Raw) json.RawMessage {
	b, err := itemJSON(r)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}
