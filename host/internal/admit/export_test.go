package admit

import "github.com/pledge-wasm/pledge/host/internal/wasm"

// CheckCode is [Check] without a look at imports and exports, for modules that
// are made for other hosts.
func CheckCode(file []byte) (*Report, error) {
	lim := DefaultLimits()
	if err := sectionSizes(file); err != nil {
		return nil, err
	}
	m, err := wasm.Decode(file, lim.decode())
	if err != nil {
		return nil, decodeError(err)
	}
	c := &checker{m: m, lim: &lim}
	report := c.facts()
	for _, step := range []func() error{c.proposals, c.memory, c.tables, c.elements, c.data, c.names, c.counts, c.bodies} {
		if err := step(); err != nil {
			return report, err
		}
	}
	return report, nil
}
