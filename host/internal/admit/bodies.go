package admit

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// bodies measures every function and adds up what the module costs.
func (c *checker) bodies() error {
	m, r := c.m, c.report
	s := &scanner{m: m, lim: c.lim, funcs: c.funcs, globals: r.MutableGlobals}
	total := moduleCost(m)
	if err := c.affordable(total); err != nil {
		return err // whatever the functions do
	}
	var premium time.Duration
	for i := range m.Code {
		if err := s.body(m.Code[i], m.Types[m.Funcs[i]]); err != nil {
			return c.inFunction(i, decodeError(err))
		}
		first, again := s.shape.price()
		total += again
		premium = max(premium, first-again)
		if first > r.Costliest.Cost {
			b := &m.Code[i]
			r.Costliest = Function{Index: m.ImportedFuncs + i, Bytes: b.End - b.Start, Cost: first}
		}
		if first > c.lim.FunctionCost {
			r.Costliest.Name = c.functionName(r.Costliest.Index)
			return c.inFunction(i, &Error{
				Code: codeRejected, Offset: m.Code[i].Start, Count: int64(first), Limit: int64(c.lim.FunctionCost),
				What: fmt.Sprintf("too costly to compile: estimated %s (%s), the limit is %s", round(first), s.shape.dominant(), round(c.lim.FunctionCost)),
				Hint: "split the function, or build it with less inlining",
			})
		}
	}
	r.Cost = total + premium
	r.Features = append(r.Features, s.used.names()...)
	r.Costliest.Name = c.functionName(r.Costliest.Index)
	return c.affordable(r.Cost)
}

// affordable holds a cost against the budget of the module.
func (c *checker) affordable(cost time.Duration) error {
	limit := c.lim.moduleCost(len(c.m.File))
	if cost <= limit {
		return nil
	}
	return &Error{
		Code: codeRejected, Offset: -1, Count: int64(cost), Limit: int64(limit),
		What: fmt.Sprintf("the module is too costly to compile: estimated %s, the limit for %d bytes is %s", round(cost), len(c.m.File), round(limit)),
		Hint: "split the module, or build it with less inlining",
	}
}

// inFunction says which function an error is about.
func (c *checker) inFunction(i int, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	index := c.m.ImportedFuncs + i
	who := "function " + strconv.Itoa(index)
	if name := c.functionName(index); name != "" {
		who += " " + strconv.Quote(name)
	}
	named := *e
	named.What = who + ": " + e.What
	return &named
}

// functionName is what the name section calls a function, made to fit an error.
func (c *checker) functionName(index int) string {
	if c.named == nil {
		return ""
	}
	name, _ := c.named.FuncName(uint32(index))
	return printable(name)
}

func round(d time.Duration) time.Duration {
	if d >= time.Second {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}

// features are the parts of core 2.0 that function bodies use.
type features uint8

const (
	usesSIMD features = 1 << iota
	usesBulk
	usesSaturating
	usesSignExtension
	usesReferences
	usesMultiValue
)

func (f *features) see(op wasm.Opcode) {
	switch {
	case op >= 0xfd00:
		*f |= usesSIMD
	case op >= 0xfc08:
		*f |= usesBulk
	case op >= 0xfc00:
		*f |= usesSaturating
	case op >= 0xc0 && op <= 0xc4:
		*f |= usesSignExtension
	case op >= 0xd0 || op == wasm.OpTableGet || op == wasm.OpTableSet:
		*f |= usesReferences
	}
}

func (f features) names() (list []string) {
	for i, name := range []string{"simd", "bulk-memory", "nontrapping-float-to-int", "sign-extension", "reference-types", "multi-value"} {
		if f&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}
