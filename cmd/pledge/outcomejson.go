package main

import (
	"bytes"
	"encoding/json"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
)

// The objects that --output outcome prints. Everything that the guest had a
// hand in goes through [codec.ToJSON], which leaves no control characters.
type (
	outcomeJSON struct {
		ID       string          `json:"id"`
		State    futures.State   `json:"state"`
		Code     abi.Code        `json:"code"`
		Message  json.RawMessage `json:"message"`
		Error    *errorJSON      `json:"error"`
		Value    json.RawMessage `json:"value"`
		Fuel     uint64          `json:"fuel"`
		Duration int64           `json:"duration_ns"`
		Logs     []logJSON       `json:"logs"`
	}
	errorJSON struct {
		Code    json.RawMessage `json:"code"`
		Message json.RawMessage `json:"message"`
		Data    json.RawMessage `json:"data,omitempty"`
		Retry   bool            `json:"retry,omitempty"`
	}
	logJSON struct {
		Level   string          `json:"level"`
		Message json.RawMessage `json:"message"`
	}
)

// json is the outcome as one line of JSON.
func (o *outcome) json() ([]byte, error) {
	out := outcomeJSON{
		ID: o.id.String(), State: o.state, Code: o.code, Message: quoted(o.message()),
		Fuel: o.fuel, Duration: o.duration.Nanoseconds(), Logs: logsJSON(o.logs),
	}
	var err error
	if out.Value, err = itemJSON(o.value); err != nil {
		return nil, err
	}
	if e := o.guestError(); e != nil {
		out.Error = &errorJSON{Code: quoted(e.Code), Message: quoted(e.Message), Retry: e.Retry}
		if len(e.Data) > 0 {
			if out.Error.Data, err = itemJSON(e.Data); err != nil {
				return nil, err
			}
		}
	}
	return marshal(out, "")
}

func logsJSON(entries []host.LogEntry) []logJSON {
	out := make([]logJSON, 0, len(entries))
	for _, e := range entries {
		out = append(out, logJSON{Level: e.Level.String(), Message: quoted(e.Message)})
	}
	return out
}

// itemJSON is a CBOR item as JSON; none is null.
func itemJSON(r abi.Raw) (json.RawMessage, error) {
	if len(r) == 0 {
		return json.RawMessage("null"), nil
	}
	return codec.ToJSON(nil, r)
}

// quoted is a text as JSON.
func quoted(text string) json.RawMessage {
	b, err := codec.ToJSON(nil, abi.AppendText(nil, validUTF8(text)))
	if err != nil {
		return json.RawMessage(`""`) // cannot be: it is a text
	}
	return b
}

// marshal is json.Marshal with a newline at the end and without escapes that
// only HTML needs.
func marshal(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	err := e.Encode(v)
	return b.Bytes(), err
}
